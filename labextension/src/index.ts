/** The plug-ins of Notebook Automation. */
import { drive } from './plugins/drive';

export default [drive];
