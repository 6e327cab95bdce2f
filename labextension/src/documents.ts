/** Files that are open in JupyterLab, and not saved yet: a session would run what they were before. */

export interface IOpenDocuments {
  /** Whether the file at `path` is open with changes that are not saved. */
  isUnsaved(path: string): boolean;
  /**
   * Save what a session of the file at `path` would see, where it is open with changes: the file itself, and all else
   * but notebooks in `folder` (that of its project; without it, that of the file). Rejects, saying so, where changes
   * could not be saved.
   */
  save(path: string | null | undefined, folder?: string): Promise<void>;
}

/** Where nothing is open. */
export const NO_DOCUMENTS: IOpenDocuments = {
  isUnsaved: () => false,
  save: () => Promise.resolve()
};
