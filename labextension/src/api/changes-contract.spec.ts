/** The contract of the change feed: what each model makes of each message as the server sends it. */
import { ArtifactsModel } from '../panels/artifacts/model';
import { EventsModel } from '../panels/events/model';
import { InboxModel } from '../panels/inbox/model';
import { WaitingModel } from '../panels/waiting/model';
import { InquiriesModel } from '../panels/inquiries/model';
import { InquiryModel } from '../panels/inquiry/model';
import { LiveModel } from '../panels/live';
import { NotificationsModel } from '../panels/notifications/model';
import { OverviewModel } from '../panels/overview/model';
import { SessionModel } from '../panels/session/model';
import { SessionsModel } from '../panels/sessions/model';
import { hasSummary, isActive } from '../panels/sessions/summary';
import { StatusModel } from '../panels/status/model';
import { TriggersModel } from '../panels/triggers/model';
import { VariablesModel } from '../panels/variables/model';
import { SERVER_CHANGES } from '../testing/changes';
import { FakeClient, page } from '../testing/client';
import { pass } from '../testing/clock';
import { TestFeed } from '../testing/feed';
import { anInquiry } from '../testing/inquiries';
import { aSession } from '../testing/sessions';
import { aTrigger } from '../testing/triggers';
import { Channel, IChange } from './change-types';
import { ISession } from './sessions';

/** Redraws at once, from the message alone; fetches again, soon after. */
type Effect = 'ignores' | 'redraws' | 'refetches' | 'redraws, refetches';

/** `channel activity`, for every pair that there is. */
type Kind = IChange extends infer C
  ? C extends { channel: infer N extends string; activity: infer A extends string }
    ? `${N} ${A}`
    : never
  : never;

const kindOf = (change: IChange): Kind => `${change.channel} ${change.activity}` as Kind;

/** The session that a change is about, as an id; null where it is about none. */
function sessionOf(change: IChange): string | null {
  switch (change.channel) {
    case 'sessions':
      return change.id;
    case 'artifacts':
    case 'inquiries':
      return change.content.session_id;
    default:
      return null;
  }
}

/** What the server has before the change: the same session, in another state where the change is of its status. */
function sessionBefore(change: IChange): ISession {
  const id = sessionOf(change) ?? 'ses_other';
  if (change.channel !== 'sessions' || !hasSummary(change)) {
    return aSession(id);
  }
  const { status } = change.content;
  const before = change.activity === 'updated' && status === 'running' ? 'scheduled' : 'running';
  return aSession(change.activity === 'created' ? 'ses_other' : id, { status: before });
}

function clientBefore(change: IChange): FakeClient {
  const session = sessionBefore(change);
  return new FakeClient({
    // It has started no other.
    'GET sessions': ({ root }: { root?: string }) => page(root ? [] : [session]),
    'GET sessions/counts': () => ({ statuses: {} }),
    'GET sessions/:id': () => session,
    'GET sessions/:id/cells': () => page([]),
    'GET sessions/:id/log': () => page([]),
    'GET sessions/:id/steps': () => page([]),
    'GET artifacts': () => page([]),
    'GET events': () => page([]),
    'GET inquiries': () => page([]),
    'GET inquiries/counts': () => ({ waiting_for_me: 0, pending: 0 }),
    'GET inquiries/:id': (_query, id) => anInquiry(id),
    'GET inquiries/:id/log': () => page([]),
    'GET inquiries/:id/notebook': () => ({ cells: [], approved: null, changes: [] }),
    'GET notifications': () => page([]),
    'GET projects': () => page([]),
    'GET projects/:id': () => ({ path: 'sales' }),
    'GET webhooks/inbox': () => page([]),
    'GET webhooks/inbox/sources': () => page([]),
    'GET triggers': () => page([aTrigger(change.id)]),
    'GET status': () => ({ running: 1 })
  });
}

type Make = (client: FakeClient, feed: TestFeed, session: string, id: string) => LiveModel<Channel>;

const MODELS = {
  'sessions list': (client, feed) => new SessionsModel(client, feed),
  'its session': (client, feed, session) => new SessionModel(client, feed, session),
  'another session': (client, feed) => new SessionModel(client, feed, 'ses_another'),
  'artifacts list': (client, feed) => new ArtifactsModel(client, feed),
  "its session's artifacts": (client, feed, session) =>
    new ArtifactsModel(client, feed, { session }),
  "another session's artifacts": (client, feed) =>
    new ArtifactsModel(client, feed, { session: 'ses_another' }),
  'triggers list': (client, feed) => new TriggersModel(client, feed),
  'events list': (client, feed) => new EventsModel(client, feed),
  inbox: (client, feed) => new InboxModel(client, feed),
  variables: (client, feed) => new VariablesModel(client, feed, ''),
  'inquiries list': (client, feed) => new InquiriesModel(client, feed),
  'its inquiry': (client, feed, _session, id) => new InquiryModel(client, feed, id),
  'another inquiry': (client, feed) => new InquiryModel(client, feed, 'inq_another'),
  'notifications list': (client, feed) => new NotificationsModel(client, feed),
  waiting: (client, feed) => new WaitingModel(client, feed),
  overview: (client, feed) => new OverviewModel(client, feed),
  status: (client, feed) => new StatusModel(client, feed)
} satisfies Record<string, Make>;

type Expected = { [Model in keyof typeof MODELS]?: Effect | ((change: IChange) => Effect) };

/** The overview lists what runs: it fetches again what has come to an end. */
const unlessActive = (change: IChange): Effect =>
  change.channel === 'sessions' && hasSummary(change) && isActive(change.content.status)
    ? 'redraws'
    : 'redraws, refetches';

const onTrigger: Expected = { 'triggers list': 'refetches', overview: 'refetches' };
/** An artifact that was made outside a session concerns the page of none. */
const ifOfSession = (change: IChange): Effect => (sessionOf(change) ? 'refetches' : 'ignores');
const onArtifact: Expected = {
  'its session': ifOfSession,
  'artifacts list': 'refetches',
  "its session's artifacts": ifOfSession
};
const onInquiry: Expected = {
  'inquiries list': 'refetches',
  'its inquiry': 'refetches',
  waiting: 'refetches',
  'its session': 'refetches',
  overview: 'refetches'
};
const onNotification: Expected = { 'notifications list': 'refetches' };
const onEvent: Expected = { 'events list': 'refetches', inbox: 'refetches' };
/** What became of a delivery is said by the end of its sessions. */
const ifEnded = (change: IChange): Effect =>
  change.channel === 'sessions' && hasSummary(change) && !isActive(change.content.status)
    ? 'refetches'
    : 'ignores';
const onStep: Expected = {
  'sessions list': 'redraws',
  'its session': 'redraws, refetches',
  overview: 'redraws'
};

/** What is not named ignores the change. */
const EXPECTED: Record<Kind, Expected> = {
  'projects created': { variables: 'refetches' },
  'projects updated': { variables: 'refetches' },
  'triggers created': onTrigger,
  'triggers updated': onTrigger,
  'triggers deleted': onTrigger,
  'events created': onEvent,
  'events updated': onEvent,
  'events deleted': onEvent,
  'sessions created': {
    inbox: ifEnded,
    'sessions list': 'refetches',
    'its session': 'redraws, refetches',
    // One that runs may be its parent.
    'another session': 'refetches',
    'triggers list': 'refetches',
    overview: 'refetches',
    status: 'refetches'
  },
  'sessions updated': {
    inbox: ifEnded,
    'sessions list': 'redraws, refetches',
    'its session': 'redraws, refetches',
    'triggers list': 'refetches',
    overview: unlessActive,
    status: 'refetches'
  },
  'sessions deleted': {
    inbox: ifEnded,
    'sessions list': 'redraws, refetches',
    'its session': 'redraws, refetches',
    'triggers list': 'refetches',
    overview: 'refetches',
    status: 'refetches'
  },
  'sessions cell': onStep,
  'sessions progress': onStep,
  'sessions log': { 'its session': 'refetches' },
  'sessions outcome': { 'its session': 'refetches' },
  'sessions steps': { 'its session': 'refetches' },
  'session_groups created': {},
  'session_groups updated': {},
  'session_groups deleted': {},
  'artifacts created': onArtifact,
  'artifacts deleted': onArtifact,
  'inquiries created': onInquiry,
  'inquiries updated': onInquiry,
  'notifications created': onNotification,
  'notifications updated': onNotification,
  'notifications told': onNotification
};

describe('a change as the server sends it', () => {
  let feed: TestFeed;
  let model: LiveModel<Channel>;

  /** Show the model as it is before the change, and return its client. */
  const show = async (make: Make, change: IChange): Promise<FakeClient> => {
    const client = clientBefore(change);
    model = make(client, feed, sessionOf(change) ?? 'ses_none', change.id);
    model.setActive(true);
    await pass();
    expect(model.error).toBeNull();
    return client;
  };

  beforeEach(() => {
    feed = TestFeed.live();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  const cases = SERVER_CHANGES.flatMap(change =>
    Object.entries(MODELS).map(([name, make]: [string, Make]) => {
      const expected = EXPECTED[kindOf(change)][name as keyof Expected] ?? 'ignores';
      const effect = typeof expected === 'string' ? expected : expected(change);
      return { seq: change.seq, kind: kindOf(change), name, effect, make, change };
    })
  );

  it.each(cases)('$seq, $kind: $name $effect', async ({ make, change, effect }) => {
    const client = await show(make, change);
    const before = client.requests.length;
    const redrawn = jest.fn();
    model.changed.connect(redrawn);
    feed.send(change);
    const redraws = redrawn.mock.calls.length > 0;
    await pass(1000);
    const refetches = client.requests.length > before;
    const happened = [redraws && 'redraws', refetches && 'refetches'].filter(Boolean).join(', ');
    expect(happened || 'ignores').toBe(effect);
  });

  const summaries = SERVER_CHANGES.flatMap(change =>
    change.channel === 'sessions' && hasSummary(change) ? [change] : []
  );

  it.each(summaries)('$seq, $channel $activity: is shown by the page at once', async change => {
    await show(MODELS['its session'], change);
    feed.send(change);
    const { status, current_cell, total_cells, progress, started_at, finished_at } = change.content;
    expect((model as SessionModel).session).toMatchObject({
      status,
      current_cell,
      total_cells,
      progress,
      started_at,
      finished_at
    });
  });
});

it('is known here in every kind', () => {
  expect(new Set(SERVER_CHANGES.map(kindOf))).toEqual(new Set(Object.keys(EXPECTED)));
});
