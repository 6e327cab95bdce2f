/** How a noun describes its page: all that opens or offers pages works from these descriptions. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';

import { IAutomation, NAMESPACE } from '../tokens';

/** A page's arguments by name: what it shows first; kept in Lab's workspace. */
export type PageArgs<A extends string = string> = { readonly [Name in A]?: string };

/** A page of the main area that takes the arguments `A`. */
export interface IPageDescription<A extends string = string> {
  /** What commands and workspaces call it. */
  readonly name: string;
  readonly args: readonly A[];
  /** For a page of one thing, the arguments that may name it: each thing has a tab of its own. */
  readonly subject?: readonly A[];
  /** Whether the command palette and the sidebar's navigation offer it. */
  readonly listed?: boolean;
  /** Whether it opens beside the document in front, instead of over it. */
  readonly beside?: boolean;
  title(trans: TranslationBundle, args: PageArgs<A>): string;
  create(automation: IAutomation, args: PageArgs<A>): ReactWidget;
}

/** The arguments that a page takes, of those that a command was given. */
export function argsOf(page: IPageDescription, given: Record<string, unknown>): PageArgs {
  const taken = page.args.map(name => [name, given[name]] as const);
  return Object.fromEntries(
    taken.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
}

/** Id of the tab for these arguments: a list has one tab, a page of one thing has one for each. */
export function tabId(page: IPageDescription, args: PageArgs): string {
  const subject = page.subject && (page.subject.map(name => args[name]).find(Boolean) ?? 'new');
  return [NAMESPACE, page.name, subject?.replace(/[^\w-]+/g, '-')].filter(Boolean).join('-');
}
