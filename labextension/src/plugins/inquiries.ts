/** What waits for the user: their count in the status bar, and a notification for each new one. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';

import { IInquiry } from '../api/inquiries';
import { tabId } from '../panels/page';
import { pageNamed } from '../panels/pages';
import { WaitingItem, WaitingModel } from '../panels/waiting';
import { CommandIDs, IAutomation } from '../tokens';

/** Most inquiries that are told of one by one. */
const ONE_BY_ONE = 3;

export const inquiries: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:inquiries',
  description: 'Tells of inquiries that wait for the user.',
  autoStart: true,
  requires: [IAutomation],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, automation: IAutomation, bar: IStatusBar | null): void => {
    const { client, changes, trans } = automation;
    const model = new WaitingModel(client, changes);
    const openAll = (): void => void app.commands.execute(CommandIDs.open, { page: 'inquiries' });
    tell(model, app, automation, openAll);
    bar?.registerStatusItem('notebook-automation:inquiries', {
      align: 'left',
      rank: 21,
      item: new WaitingItem(model, trans, openAll),
      isActive: () => model.waiting.length > 0,
      activeStateChanged: model.changed
    });
    void app.restored.then(() => model.setActive(true));
  }
};

/**
 * Notify of each new inquiry once. The notification is taken back when it waits no longer, or when its page is opened:
 * it would lie on the form.
 */
function tell(
  model: WaitingModel,
  { shell }: JupyterFrontEnd,
  { commands, trans }: IAutomation,
  openAll: () => void
): void {
  /** The notification of each inquiry. */
  const told = new Map<string, string>();
  const takeBack = (id: string): void => {
    const shown = told.get(id);
    if (shown) {
      Notification.dismiss(shown);
      told.delete(id);
    }
  };
  const isInFront = (id: string): boolean => {
    const tab = tabId(pageNamed('inquiry'), { id });
    return [...shell.widgets('main')].some(widget => widget.id === tab && widget.isVisible);
  };
  const notify = ({ id, title, project, notebook, trigger }: IInquiry): void => {
    if (isInFront(id)) {
      return;
    }
    const from = trigger ?? [project, notebook].filter(Boolean).join('/');
    const answer = (): void => void commands.execute(CommandIDs.open, { page: 'inquiry', id });
    const shown = Notification.info(trans.__('%1 asks: %2', from, title), {
      autoClose: false,
      actions: [
        { label: trans.__('Answer'), displayType: 'accent', callback: answer },
        { label: trans.__('All that wait'), callback: openAll }
      ]
    });
    told.set(id, shown);
  };
  model.arrived.connect((_, fresh) => {
    if (fresh.length <= ONE_BY_ONE) {
      fresh.forEach(notify);
      return;
    }
    Notification.info(trans.__('%1 new inquiries wait for you', fresh.length), {
      autoClose: false,
      actions: [{ label: trans.__('Show them'), displayType: 'accent', callback: openAll }]
    });
  });
  model.gone.connect((_, ids) => ids.forEach(takeBack));
  commands.commandExecuted.connect((_, { id, args }) => {
    if (id === CommandIDs.open && args.page === 'inquiry') {
      takeBack(args.id as string);
    } else if (id === CommandIDs.open && args.page === 'inquiries') {
      [...told.keys()].forEach(takeBack);
    }
  });
}
