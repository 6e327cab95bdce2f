import { ServerConnection } from '@jupyterlab/services';

import { ArtifactDrive } from './drive';

describe('ArtifactDrive', () => {
  const drive = new ArtifactDrive(ServerConnection.makeSettings());

  it('refuses everything that would write', async () => {
    const writes = [
      drive.save(),
      drive.delete(),
      drive.rename(),
      drive.copy(),
      drive.newUntitled(),
      drive.createCheckpoint()
    ];
    for (const write of writes) {
      await expect(write).rejects.toThrow(/read-only/);
    }
  });

  it('has no checkpoints', async () => {
    await expect(drive.listCheckpoints()).resolves.toEqual([]);
  });
});
