/** What plug-ins give each other, and the ids of our commands. */
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Token } from '@lumino/coreutils';

import { IChangeFeed } from './api/changes';
import { IClient } from './api/client';
import { IOpenDocuments } from './documents';

export const NAMESPACE = 'notebook-automation';

export namespace CommandIDs {
  /** Open a page; args: `{page, …}`, a page's name and the arguments that it takes. */
  export const open = `${NAMESPACE}:open`;
  /** Show the sidebar. */
  export const overview = `${NAMESPACE}:show-overview`;
  /** Open the form that makes a notebook an automation; args: `{path?}`. */
  export const automate = `${NAMESPACE}:automate`;
  /** The same for what is selected in the file browser. */
  export const automateSelected = `${NAMESPACE}:automate-selected`;
  /** Run a trigger now, after asking for its parameters; args: `{id}`. */
  export const runTrigger = `${NAMESPACE}:run-trigger`;
  /** Let the user pick a notebook; gives its path, or null. */
  export const chooseNotebook = `${NAMESPACE}:choose-notebook`;
  /** Run a notebook once, after asking for its parameters; args: `{path?}`, else the one in front. */
  export const runNotebook = `${NAMESPACE}:run-notebook`;
  /** The same for what is selected in the file browser. */
  export const runSelected = `${NAMESPACE}:run-selected`;
  /** Open a file of the drive in Lab's own viewer; args: `{path, cell?}`, a cell's id. */
  export const openArtifact = `${NAMESPACE}:open-artifact`;
  /** Open a notebook of the user's own at a cell; args: `{path, cell, source}`, the cell's id, else its source. */
  export const openSource = `${NAMESPACE}:open-source`;
  /** Open a durable session as a notebook in the state before its failed cell; args: `{id}`. */
  export const openLive = `${NAMESPACE}:open-live`;
  /** Make an event that of the notebook which was in front last; args: `{id}`. */
  export const replayHere = `${NAMESPACE}:replay-here`;
  /** Open a file of the user's own; args: `{path}`. */
  export const openFile = 'docmanager:open';
}

/** What every panel is given. */
export interface IAutomation {
  readonly client: IClient;
  readonly changes: IChangeFeed;
  /** What is open and not saved: it is saved before anything runs it. */
  readonly documents: IOpenDocuments;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
  /** Renders tracebacks; null where the application has none. */
  readonly rendermime: IRenderMimeRegistry | null;
}

export const IAutomation = new Token<IAutomation>(
  'notebook-automation:IAutomation',
  'The automation API, its feed of changes, and the commands that open its pages.'
);
