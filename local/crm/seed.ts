import type { FieldValues, RecordView } from './people.ts';
import type { CrmSimulator } from './simulator.ts';

export interface SeededRep {
  /** SeqNo, what RepId holds. */
  repId: number;
  rep: RecordView;
  /** The rep's own person. */
  person: RecordView;
  user: string;
}

export interface RepSeed {
  /** Login name; at most 8 characters [D: connector-se 3.10]. */
  user: string;
  password?: string;
  firstName: string;
  lastName: string;
  email: string;
  /** Further fields of the rep, over the defaults (active, enabled for the connector, an employee). */
  rep?: FieldValues;
}

/** Fills a simulated CRM the way an administrator would: everything is written by `by`, a login that exists. */
export interface CrmSeeder {
  company(values: FieldValues): RecordView;
  person(values: FieldValues, company?: RecordView): RecordView;
  /** Login, person and rep record of a user [D: connector-se 1.3]; the person belongs to `house`. */
  rep(seed: RepSeed, house?: RecordView): SeededRep;
  /** An activity under the person; participants as given. */
  activity(values: FieldValues, person: RecordView, participants?: FieldValues[]): RecordView;
  favorite(repId: number, person: RecordView): RecordView;
}

export function crmSeeder(simulator: CrmSimulator, by: string): CrmSeeder {
  const admin = simulator.act(by);
  const keyOf = (record: RecordView, group: string, number: string): FieldValues => ({
    [group]: record.statNo,
    [number]: record.seqNo,
  });
  const seeder: CrmSeeder = {
    company: (values) => admin.create('Company', values),
    person: (values, company) =>
      admin.create('Person', { ...(company === undefined ? {} : keyOf(company, 'CoGrp', 'CoNo')), ...values }),
    rep(seed, house) {
      const { firstName, lastName, email, user } = seed;
      const person = seeder.person({ FirstName: firstName, LastName: lastName, Email1: email }, house);
      const rep = admin.create('RepUser', {
        Name: `${firstName} ${lastName}`,
        Email1: email,
        ConnectorSettings: true,
        SyncEmails: true,
        SyncAppointments: true,
        Type: 0,
        Active: true,
        ...keyOf(person, 'PeGrp', 'PeNo'),
        ...seed.rep,
      });
      simulator.addLogin({ user, password: seed.password ?? '', rep: rep.seqNo });
      return { repId: rep.seqNo, rep, person, user };
    },
    activity(values, person, participants = []) {
      const activity = admin.create('Contact', { ...keyOf(person, 'PeGrp', 'PeNo'), ...values });
      for (const participant of participants) admin.addParticipant(activity.id, participant);
      return activity;
    },
    favorite: (repId, person) => admin.create('Favorite', { RepId: repId, ...keyOf(person, 'PeGrp', 'PeNo') }),
  };
  return seeder;
}
