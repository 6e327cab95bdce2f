/** The plug-ins of Notebook Automation. */
import { core } from './plugins/core';
import { drive } from './plugins/drive';
import { inquiries } from './plugins/inquiries';
import { live } from './plugins/live';
import { notebook } from './plugins/notebook';
import { notifications } from './plugins/notifications';
import { pages } from './plugins/pages';
import { sidebar } from './plugins/sidebar';
import { status } from './plugins/status';
import { triggers } from './plugins/triggers';

export default [
  core,
  drive,
  pages,
  sidebar,
  notebook,
  live,
  triggers,
  status,
  inquiries,
  notifications
];
