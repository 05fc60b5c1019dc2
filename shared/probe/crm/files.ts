import { PROBE_SYSTEM } from '../../config/names.ts';
import { all } from '../../crm/key-pages.ts';
import { OPTIONAL_TABLE } from '../../crm/dialect.ts';
import { judged, PROBE_TITLE, type Fact } from '../fact.ts';
import { errorIn, recordsOf, returnsOf, said, type Bench } from './bench.ts';

export const documents: Fact<Bench> = {
  line: 'C9.14',
  says: 'a document is made by one import together with its link, which inherits its id; its content is base64',
  either: { holds: 'attachments become documents so', otherwise: 'attachments stay in Outlook: switch appointments.attachments.toCrm.enabled off' },
  async try(bench) {
    const { activity, document, documentLink } = bench.profile;
    const { id } = await bench.create();
    const key = bench.key();
    const content = Buffer.from('probe').toString('base64');
    const answer = await bench.import(
      'file',
      {
        table: document.table,
        fields: [
          { field: document.fields.ExtSystem.name, value: PROBE_SYSTEM, matchup: true },
          { field: document.fields.ExtKey.name, value: key, matchup: true },
          { field: document.fields.Title.name, value: `${PROBE_TITLE} ${key}` },
          { field: document.fields.FileName.name, value: 'probe.txt' },
          { field: document.fields.MimeType.name, value: 'text/plain' },
          { field: document.fields.Content.name, value: content },
        ],
      },
      { table: documentLink.table, fields: [{ field: documentLink.fields.ParentInfoArea.name, value: activity.infoArea, matchup: true }, { field: documentLink.fields.ParentId.name, value: id, matchup: true }] },
    );
    if (errorIn(answer) !== null) return judged(false, said(answer));
    const table = { table: document.table, fields: [document.fields.Content.name], nested: [{ table: documentLink.table, fields: [documentLink.fields.ParentId.name], flags: OPTIONAL_TABLE }] };
    const [found] = await bench.send({ kind: 'query', corr: 'file', table, where: [all(document, ['ExtSystem', '=', PROBE_SYSTEM], ['ExtKey', '=', key])] });
    const [record] = recordsOf(found);
    const links = record?.nested ?? [];
    const linked = links.some(({ fields }) => fields.get(documentLink.fields.ParentId.name) === id);
    const kept = record?.fields.get(document.fields.Content.name)?.replace(/\s/g, '') === content;
    const made = returnsOf(answer).length;
    // The link goes with its document in no CRM that we know of.
    if (links.length > 0) await bench.remove(documentLink.table, ...links.map((one) => one.id));
    return judged(linked && kept, `${made} records made, the link ${linked ? 'leads to the activity' : 'does not lead to the activity'}, the content ${kept ? 'is kept' : 'is not kept'}`);
  },
};
