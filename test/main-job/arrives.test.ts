import { describe, expect, it } from 'vitest';
import { World } from '../world/world.ts';

describe('a change on one side arrives on the other', () => {
  it('an appointment made in Outlook becomes an activity of its organizer', async () => {
    const world = new World();
    await world.start();
    await world.outlook().create({ subject: 'Quarterly review' });
    await world.settle();
    if (world.crmUser().activities().length === 0) console.log(JSON.stringify(world.events, null, 1).slice(0, 6000));
    expect(world.crmUser().activities().map((activity) => activity.values['Subject'])).toEqual(['Quarterly review']);
    expect(world.outlook().events()).toHaveLength(1);
    expect(world.violations()).toEqual([]);
  });

  it('an activity made in the CRM becomes an appointment in its rep’s calendar', async () => {
    const world = new World();
    await world.start();
    world.crmUser().create({ Subject: 'Visit at a customer' });
    await world.settle();
    if (world.outlook().events().length === 0) console.log(JSON.stringify(world.events, null, 1).slice(0, 6000));
    expect(world.outlook().events().map((event) => event['subject'])).toEqual(['Visit at a customer']);
    expect(world.crmUser().activities()).toHaveLength(1);
    expect(world.violations()).toEqual([]);
  });
});
