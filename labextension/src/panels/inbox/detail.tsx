/** All that came with a delivery: as a tree whose values make a filter, its headers, as it came; and what to do with it. */
import * as React from 'react';

import { IDelivery } from '../../api/inbox';
import { allOf } from '../../forms/cel';
import { attempt } from '../../parts/attempt';
import { Button, Facts } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { JsonTree } from '../../parts/json-tree';
import { Tabs } from '../../parts/tabs';
import { CommandIDs, IAutomation } from '../../tokens';
import { InboxModel } from './model';
import { ReplayFields } from './replay';

interface IDetailProps {
  delivery: IDelivery;
  model: InboxModel;
  automation: IAutomation;
}

export function DeliveryDetail({ delivery, model, automation }: IDetailProps): JSX.Element {
  const { trans } = automation;
  return (
    <div className="na-Detail">
      {delivery.reason && <p>{delivery.reason}</p>}
      <Tabs
        label={trans.__('What came')}
        tabs={[
          {
            id: 'payload',
            label: trans.__('Payload'),
            body: () => <Payload delivery={delivery} model={model} automation={automation} />
          },
          {
            id: 'headers',
            label: trans.__('Headers'),
            count: Object.keys(delivery.headers).length,
            body: () => (
              <JsonTree
                label={trans.__('Headers')}
                value={delivery.headers}
                path="data.headers"
                onPick={model.pick}
                isPicked={model.isPicked}
                trans={trans}
              />
            )
          },
          {
            id: 'raw',
            label: trans.__('Raw'),
            body: () => <Raw delivery={delivery} automation={automation} />
          }
        ]}
      />
      <MakeTrigger delivery={delivery} model={model} automation={automation} />
      <Marks delivery={delivery} model={model} automation={automation} />
      <ReplayFields id={delivery.id} trigger={delivery.trigger} automation={automation} />
    </div>
  );
}

function Payload({ delivery, model, automation }: IDetailProps): JSX.Element {
  const { trans } = automation;
  const data = delivery.data as { json?: unknown; body?: { form?: unknown } } | null;
  const tree = { onPick: model.pick, isPicked: model.isPicked, trans };
  const hasJson = data?.json !== null && data?.json !== undefined;
  const form = data?.body?.form;
  const query = delivery.query_params;
  return (
    <>
      {hasJson && (
        <JsonTree {...tree} label={trans.__('Body')} value={data.json} path="data.json" />
      )}
      {!hasJson && form !== null && form !== undefined && (
        <JsonTree {...tree} label={trans.__('Form')} value={form} path="data.body.form" />
      )}
      {!hasJson && !form && (
        <p className="na-Dim">{trans.__('Its body holds no fields: see it under “Raw”.')}</p>
      )}
      {Object.keys(query).length > 0 && (
        <>
          <h2>{trans.__('Query')}</h2>
          <JsonTree {...tree} label={trans.__('Query')} value={query} path="data.query" />
        </>
      )}
    </>
  );
}

function Raw({ delivery, automation }: Omit<IDetailProps, 'model'>): JSX.Element {
  const { trans } = automation;
  const data = delivery.data as { raw_url?: string; body?: { size?: number } } | null;
  const text = delivery.raw_body;
  return (
    <>
      <Facts
        items={[
          [trans.__('Id'), <code>{delivery.id}</code>],
          [trans.__('Method'), <code>{delivery.method}</code>],
          [trans.__('Address'), <code>{data?.raw_url}</code>],
          [trans.__('Bytes'), String(data?.body?.size ?? 0)]
        ]}
      />
      {text ? (
        <pre className="na-Json" tabIndex={0} aria-label={trans.__('Body as it came')}>
          {text}
        </pre>
      ) : (
        <p className="na-Dim">{trans.__('Its body is empty, or no text.')}</p>
      )}
    </>
  );
}

/** The clicked values as a filter, and the way to the form that makes a trigger with it. */
function MakeTrigger({ delivery, model, automation }: IDetailProps): JSX.Element {
  const { trans, commands } = automation;
  const filter = allOf(model.tests);
  return (
    <section className="na-Inbox-make" aria-label={trans.__('Make a trigger')}>
      <p aria-live="polite">
        {filter ? (
          <>
            {trans.__('Only if')} <code>{filter}</code>
          </>
        ) : (
          <span className="na-Dim">
            {trans.__('Click on values: only events with the same ones will run the notebook.')}
          </span>
        )}
      </p>
      <div className="na-Actions">
        <Button
          accept
          onClick={() =>
            void commands.execute(CommandIDs.open, {
              page: 'automate',
              event: delivery.id,
              ...(filter ? { filter } : {})
            })
          }
        >
          {trans.__('Make a trigger from this…')}
        </Button>
      </div>
    </section>
  );
}

function Marks({ delivery, model, automation }: IDetailProps): JSX.Element {
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const { status, trigger } = delivery;
  const mark = (to: IDelivery['status']): void =>
    void run(() => attempt(() => model.mark(delivery, to)));
  return (
    <div className="na-Actions">
      {status !== 'processed' && (
        <Button disabled={busy} onClick={() => mark('processed')}>
          {trans.__('Mark as processed')}
        </Button>
      )}
      {status !== 'failed' && (
        <Button disabled={busy} onClick={() => mark('failed')}>
          {trans.__('Mark as failed')}
        </Button>
      )}
      <Button
        onClick={() => void commands.execute(CommandIDs.open, { page: 'events', id: delivery.id })}
      >
        {trans.__('Why it ran, or not')}
      </Button>
      {trigger && (
        <Button
          onClick={() => void commands.execute(CommandIDs.open, { page: 'triggers', trigger })}
        >
          {trans.__('Its trigger')}
        </Button>
      )}
    </div>
  );
}
