import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSnapshotClass, type SnapshotClass } from '../../../src/domain/safety.ts';

const ebs = 'ebs.csi.aws.com';
const of = (driver: string, name: string, isDefault = false): SnapshotClass => ({ name, driver, isDefault });

test('the default class of the driver is taken, whatever others there are', () => {
  const classes = [of(ebs, 'slow'), of(ebs, 'fast', true), of('other', 'theirs', true)];
  assert.equal(chooseSnapshotClass(ebs, classes).name, 'fast');
});

test('the only class of the driver is taken, though it is not the default', () => {
  assert.equal(chooseSnapshotClass(ebs, [of('other', 'theirs', true), of(ebs, 'slow')]).name, 'slow');
});

for (const { title, classes, message } of [
  {
    title: 'no class at all',
    classes: [],
    message: `no VolumeSnapshotClass is of the driver ${ebs}; there are: none`,
  },
  {
    title: 'classes of other drivers only',
    classes: [of('other', 'theirs', true)],
    message: `no VolumeSnapshotClass is of the driver ${ebs}; there are: theirs (of other)`,
  },
  {
    title: 'several classes of which none is the default',
    classes: [of(ebs, 'slow'), of(ebs, 'fast')],
    message: `several VolumeSnapshotClasses of the driver ${ebs} fit, and none is the default: slow, fast`,
  },
  {
    title: 'two default classes',
    classes: [of(ebs, 'slow', true), of(ebs, 'fast', true), of(ebs, 'third')],
    message: `several VolumeSnapshotClasses of the driver ${ebs} are all the default: slow, fast`,
  },
]) {
  test(`${title}: names what is there instead of guessing`, () => {
    assert.throws(() => chooseSnapshotClass(ebs, classes), { message });
  });
}
