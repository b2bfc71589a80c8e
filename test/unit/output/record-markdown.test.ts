import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunId } from '../../../src/domain/run.ts';
import { recordMarkdown } from '../../../src/output/record-markdown.ts';
import type { RestoreRecord } from '../../../src/record/restore-record.ts';

const sha256 = '0123456789abcdef'.repeat(4);
const run = '20260301120000-bcdfg' as RunId;
const restored: RestoreRecord = {
  apiVersion: 'nkvm.dev/v1',
  kind: 'RestoreRecord',
  run,
  tool: { name: 'kubectl-nkvm', version: '0.1.0' },
  startedAt: '2026-03-01T12:00:00Z',
  finishedAt: '2026-03-01T12:05:00Z',
  outcome: 'restored',
  cluster: { context: 'prod', name: 'prod-eu', server: 'https://10.0.0.1:6443' },
  claim: { namespace: 'shop', name: 'orders-data', uid: '48b6904b', sameClaim: true },
  backup: {
    id: '12',
    namespace: 'shop',
    pvc: 'orders-data',
    createdAt: '2026-02-28T03:00:00Z',
    catalog: '/nkvm/data/backups.db',
  },
  archive: { path: '/nkvm/backups/o.tar.gz', sha256, sizeBytes: 253_952, vouched: true },
  authenticatedAs: 'admin@shop',
  operator: 'ana',
  reason: 'ticket 7',
  steps: [
    { step: '1', startedAt: '2026-03-01T12:00:00Z', finishedAt: '2026-03-01T12:01:00Z', outcome: 'done' },
    { step: '2', startedAt: '2026-03-01T12:01:00Z', outcome: 'running' },
  ],
  workloads: [{ kind: 'Deployment', name: 'orders', replicasBefore: 3, replicasAfter: 3 }],
  verification: { outcome: 'identical', members: 21_417, contentBytes: 999, rollout: 'awaited' },
  applicationChecks: [{ where: 'restore-pod', command: 'test -s x | cat', exitCode: 0, output: 'fine\n' }],
  diagnostics: [],
  leftBehind: [],
  notes: ['crash-consistent at best'],
};

test('the safety copy and the wipe are told with what undoes them', () => {
  const restoreWith = 'kubectl nkvm restore --archive /s/copy.tar.gz';
  const text = recordMarkdown({
    ...restored,
    safety: {
      kind: 'archive',
      archive: '/s/copy.tar.gz',
      sha256,
      sizeBytes: 9,
      members: 2,
      lostMetadata: 0,
      restoreWith,
    },
    wipe: { approved: 'shop/orders-data', paths: 1234, bytes: 2048, outcome: 'done' },
  });
  assert.deepEqual(
    text.split('\n').filter((line) => /^\| (Safety copy|Wipe)/.test(line)),
    [
      `| Safety copy | /s/copy.tar.gz (SHA-256 ${sha256}); it comes back with: ${restoreWith} |`,
      '| Wipe | shop/orders-data was emptied, as approved: 1,234 paths, 2.0Ki |',
    ],
  );
});

test('reports a restore, the success criteria of the runbook first', () => {
  assert.equal(
    recordMarkdown(restored),
    `# Restore of shop/orders-data: restored

| What | Value |
| --- | --- |
| Restored PVC | orders-data |
| Namespace | shop |
| Artifact | /nkvm/backups/o.tar.gz |
| Checksum (SHA-256) | ${sha256} (equals the filed one) |
| Operator | ana, authenticated as admin@shop |
| Started | 2026-03-01T12:00:00Z |
| Finished | 2026-03-01T12:05:00Z |
| Verification | the volume is what the archive holds (21,417 members, 999B); the workload is ready |

## Steps

| Step | Started | Finished | Outcome |
| --- | --- | --- | --- |
| 1 | 2026-03-01T12:00:00Z | 2026-03-01T12:01:00Z | done |
| 2 | 2026-03-01T12:01:00Z | - | running |

## Workloads

| Workload | Replicas before | Replicas after | Taken over from |
| --- | --- | --- | --- |
| deployment/orders | 3 | 3 | - |

## Application checks

| Where | Command | Exit code |
| --- | --- | --- |
| restore-pod | test -s x \\| cat | 0 |

    fine

## Notes

- crash-consistent at best

## Run

| What | Value |
| --- | --- |
| Run | ${run} |
| Reason | ticket 7 |
| Tool | kubectl-nkvm 0.1.0 |
| Context | prod |
| Cluster | prod-eu (https://10.0.0.1:6443) |
| Claim UID | 48b6904b |
| Backup | 12: shop/orders-data of 2026-02-28T03:00:00Z |
| Catalogue | /nkvm/data/backups.db |
| Archive size | 248Ki |
`,
  );
});

test('reports a failure with its action, its differences, what is left behind and what the cluster said', () => {
  const text = recordMarkdown({
    ...restored,
    outcome: 'failed',
    archive: { path: '/o.tar.gz', vouched: false },
    claim: { ...restored.claim, backedUpUid: '99', sameClaim: false },
    verification: {
      outcome: 'different',
      differences: 1,
      extraFiles: 2,
      firstDifferences: [{ path: 'caf\xc3\xa9', kind: 'mode', expected: '0644', found: '0600' }],
    },
    applicationChecks: 'none',
    leftBehind: [`pod/nkvm-restore-${run}`],
    diagnostics: ['Ready=False\nBackOff', 'log: `x`'],
    error: { code: 'data-differs', step: 5, message: '1 path differs', action: 'Keep the workload down.' },
  });
  for (const part of [
    '# Restore of shop/orders-data: failed\n',
    '| Checksum (SHA-256) | not known (no filed checksum vouches for it) |\n',
    '| Verification | the volume differs from the archive (1 difference, 2 files not of the archive) |\n',
    '## Error\n\n| What | Value |\n| --- | --- |\n| Step | 5 |\n| Code | data-differs |\n| Message | 1 path differs |\n| What to do | Keep the workload down. |\n',
    '## Application checks\n\nNone was given.\n',
    '| café | mode | 0644 | 0600 |\n',
    `## Left behind\n\n- pod/nkvm-restore-${run}\n`,
    '| Claim | another claim than the one backed up (99) |\n',
    '## Diagnostics\n\n    Ready=False\n    BackOff\n    log: `x`\n',
  ]) {
    assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
  }
});

test('lets no value be anything but text', () => {
  const text = recordMarkdown({
    ...restored,
    operator: '<img src=x>|[a](http://b)\n\x1b[2J',
    applicationChecks: 'none',
    notes: ['# title', '- 1. `x`', '1. one'],
    diagnostics: ['```\n\u202e# x'],
  });
  for (const part of [
    '| Operator | \\<img src=x\\>\\|\\[a\\](http://b)\\\\n\\\\x1b\\[2J, authenticated as admin@shop |\n',
    '- \\# title\n- \\- 1. \\`x\\`\n- 1\\. one\n',
    '    ```\n    \\u202e# x\n',
  ]) {
    assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
  }
});

test('says of a restore in part what was chosen, what the archive lacks, and what the merge did', () => {
  const rows = recordMarkdown({
    ...restored,
    selection: {
      include: ['/data'],
      exclude: ['*.log'],
      members: 12,
      contentBytes: 999,
      leftOutMembers: 1_300,
      leftOutUnsafe: 1,
      unmatchedPatterns: [],
    },
    incomplete: {
      result: 'truncated',
      reason: 'the tar stream ends inside member 40 (z)',
      member: { number: 40, name: 'z' },
      offset: 20_480,
      membersRestored: 12,
    },
    merge: { created: 10, overwritten: 2, overwrittenNewer: 1, extraFiles: 4 },
  })
    .split('\n')
    .filter((line) => /^\| (Part|Incomplete|Merge)/.test(line));
  assert.deepEqual(rows, [
    '| Part of the archive | include /data, exclude \\*.log: 12 restored, 1,300 left out |',
    '| Incomplete | truncated: the tar stream ends inside member 40 (z); 12 whole members restored, the rest is lost |',
    '| Merge | 10 to be created, 2 to be overwritten (1 newer than the backup), 4 extra files stay |',
  ]);
});

test('says how the archive moved', () => {
  const transfer = { wire: 'gzip', bytes: 253_952, reconnects: 2 } as const;
  const sent = recordMarkdown({ ...restored, transfer })
    .split('\n')
    .filter((line) => line.startsWith('| Sent'));
  assert.deepEqual(sent, ['| Sent | 248Ki as it is; 2 lost connections made again |']);
});
