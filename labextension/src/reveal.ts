/** Shows a cell of an open notebook. */
import { NotebookPanel } from '@jupyterlab/notebook';

/**
 * Scroll an open notebook to one of its cells: by id, as running it may have put cells between; else by its source,
 * as notebooks of an old format have no ids.
 */
export async function reveal(panel: NotebookPanel, id: string, source?: string): Promise<void> {
  await panel.revealed;
  const models = panel.content.widgets.map(({ model }) => model);
  const byId = models.findIndex(model => model.id === id);
  const index =
    byId >= 0 ? byId : models.findIndex(model => model.sharedModel.getSource() === source);
  if (index >= 0) {
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, 'center');
  }
}
