/** What an inquiry shows: its stored pieces, and the notebook as it was when it asked. */
import { IClient } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type INotebookCell = Schemas['NotebookCell'];
/** What became of one cell; `before` and `after` are its indexes, and null where it is not there. */
export type ICellChange = Omit<Schemas['CellChange'], 'lines'> & {
  /** A mark (`=`, `+`, `-`, or `…` where some are left out), and the text. */
  lines: [string, string][];
};
export type INotebookSoFar = Omit<Schemas['InquiryNotebook'], 'changes'> & {
  changes: ICellChange[];
};

/** An output, as nbformat 4 has it. */
export interface INotebookOutput {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

export function getNotebookSoFar(client: IClient, id: string): Promise<INotebookSoFar> {
  return client.get(`inquiries/${id}/notebook`);
}

/** Where the browser fetches a piece that is shown. */
export function shownUrl(client: IClient, id: string, number: number): string {
  return client.downloadUrl(`inquiries/${id}/shown/${number}`);
}

/** A piece that is shown, as text. */
export function getShownText(client: IClient, id: string, number: number): Promise<string> {
  return client.text(`inquiries/${id}/shown/${number}`);
}
