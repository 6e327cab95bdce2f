/** What plug-ins give each other, and the ids of our commands. */
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Token } from '@lumino/coreutils';

import { Client } from './api/client';
import { ChangeStream } from './api/stream';

export const NAMESPACE = 'notebook-automation';

export namespace CommandIDs {
  /** Open a page; args: `IPageArgs`. */
  export const open = `${NAMESPACE}:open`;
  /** Show the sidebar. */
  export const overview = `${NAMESPACE}:show-overview`;
  /** Open the form that makes a notebook an automation; args: `{path?}`. */
  export const automate = `${NAMESPACE}:automate`;
  /** The same for what is selected in the file browser. */
  export const automateSelected = `${NAMESPACE}:automate-selected`;
  /** Run a trigger now, after asking for its parameters; args: `{id}`. */
  export const runTrigger = `${NAMESPACE}:run-trigger`;
  /** Open a file of the drive in Lab's own viewer; args: `{path, cell?}`, a cell's id. */
  export const openArtifact = `${NAMESPACE}:open-artifact`;
  /** Open a file of the user's own; args: `{path}`. */
  export const openFile = 'docmanager:open';
}

export type PageName = 'triggers' | 'sessions' | 'session' | 'artifacts' | 'automate';

/** Which page, and what it shows first; kept in the workspace. */
export interface IPageArgs {
  page: PageName;
  /** A session's or a trigger's id. */
  id?: string;
  /** `project/name` of the trigger to which the page is limited. */
  trigger?: string;
  /** Status filter of the sessions page. */
  status?: string;
  /** Session to which the artifacts page is limited. */
  session?: string;
  /** The notebook to automate, under the Jupyter root. */
  path?: string;
}

/** What every panel is given. */
export interface IAutomation {
  readonly client: Client;
  readonly stream: ChangeStream;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  /** Renders tracebacks; null where the application has none. */
  readonly rendermime: IRenderMimeRegistry | null;
}

export const IAutomation = new Token<IAutomation>(
  'notebook-automation:IAutomation',
  'The automation API, its stream of changes, and the commands that open its pages.'
);
