/** Who lives in the demo: one house, three employees with the connector, one without, and the companies they visit. All of it is invented. */

export const DEMO_TENANT = '3f2b8c1e-7a54-4d0b-9c1f-5e6a7b8c9d01';
export const DEMO_ZONE = 'Europe/Berlin';
export const HOUSE = 'Brightwater Systems GmbH';

export interface DemoEmployee {
  /** Entra object id. */
  readonly id: string;
  /** CRM login, at most 8 characters (docs/simulators/crm.md). */
  readonly login: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly mail: string;
  readonly privacy: DemoPrivacy;
}

/** What the CRM shows of an employee's private appointments: one of each, so that all three can be seen. */
export type DemoPrivacy = 'off' | 'masked' | 'full';

export const EMPLOYEES: readonly DemoEmployee[] = [
  { id: 'a1000000-0000-4000-8000-000000000001', login: 'NBRANDT', firstName: 'Nina', lastName: 'Brandt', mail: 'nina.brandt@example.com', privacy: 'masked' },
  { id: 'a1000000-0000-4000-8000-000000000002', login: 'TKELLER', firstName: 'Tom', lastName: 'Keller', mail: 'tom.keller@example.com', privacy: 'full' },
  { id: 'a1000000-0000-4000-8000-000000000003', login: 'MLINDNER', firstName: 'Mira', lastName: 'Lindner', mail: 'mira.lindner@example.com', privacy: 'off' },
];

/** Works in both systems, but nobody set the connector in his rep record: nothing of his may be touched. */
export const BYSTANDER: DemoEmployee = { id: 'a1000000-0000-4000-8000-000000000009', login: 'JFALK', firstName: 'Jon', lastName: 'Falk', mail: 'jon.falk@example.com', privacy: 'off' };

export interface DemoCompany {
  readonly name: string;
  readonly street: string;
  readonly zip: string;
  readonly city: string;
  readonly persons: readonly { readonly firstName: string; readonly lastName: string; readonly role: string; readonly mail: string }[];
}

const person = (firstName: string, lastName: string, role: string, host: string) => ({ firstName, lastName, role, mail: `${firstName}.${lastName}@${host}.example.com`.toLowerCase() });

export const COMPANIES: readonly DemoCompany[] = [
  { name: 'Quellfeld Pumpen GmbH', street: 'Am Wehr 4', zip: '38100', city: 'Braunschweig', persons: [person('Ilse', 'Marten', 'Head of purchasing', 'quellfeld'), person('Ole', 'Stein', 'Plant manager', 'quellfeld')] },
  { name: 'Tannbruck Werkzeuge AG', street: 'Sägegasse 11', zip: '72070', city: 'Tübingen', persons: [person('Carla', 'Wirth', 'Managing director', 'tannbruck')] },
  { name: 'Seewind Logistik GmbH', street: 'Kaiweg 27', zip: '24103', city: 'Kiel', persons: [person('Bent', 'Harms', 'Dispatch', 'seewind'), person('Lotte', 'Janssen', 'IT manager', 'seewind')] },
  { name: 'Havelstein Bau KG', street: 'Ziegelhof 2', zip: '14770', city: 'Brandenburg', persons: [person('Ruben', 'Krone', 'Site manager', 'havelstein')] },
  { name: 'Lindmoor Backwaren GmbH', street: 'Mühlenring 9', zip: '26121', city: 'Oldenburg', persons: [person('Greta', 'Ahrens', 'Owner', 'lindmoor')] },
  { name: 'Optik Rosenau GmbH', street: 'Prismenweg 5', zip: '07745', city: 'Jena', persons: [person('Emil', 'Thoma', 'Head of sales', 'rosenau'), person('Frida', 'Noack', 'Controlling', 'rosenau')] },
  { name: 'Nordgarten Stauden eG', street: 'Beetweg 40', zip: '25421', city: 'Pinneberg', persons: [person('Hauke', 'Petersen', 'Board', 'nordgarten')] },
  { name: 'Stahlhof Elster GmbH', street: 'Walzstraße 18', zip: '04229', city: 'Leipzig', persons: [person('Paula', 'Richter', 'Technical purchasing', 'elster')] },
];
