/** Files that are open in JupyterLab, and not saved yet: a session would run what they were before. */

export interface IOpenDocuments {
  /** Whether the file at `path` is open with changes that are not saved. */
  isUnsaved(path: string): boolean;
  /** Save the file at `path` if it is open with changes; rejects, saying so, where they could not be saved. */
  save(path: string | null | undefined): Promise<void>;
}

/** Where nothing is open. */
export const NO_DOCUMENTS: IOpenDocuments = {
  isUnsaved: () => false,
  save: () => Promise.resolve()
};
