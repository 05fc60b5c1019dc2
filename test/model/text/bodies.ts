/**
 * Bodies as real clients write them, shortened and with invented content. `keeps`: what must still stand in the HTML after somebody edited the text in the
 * CRM; `edit`: a word that stands once in its text and may be changed there, null where nothing can.
 */
export interface RealBody {
  readonly name: string;
  readonly contentType: 'html' | 'text';
  readonly content: string;
  readonly keeps: readonly string[];
  readonly edit: string | null;
  readonly partial: boolean;
}

const html = (name: string, content: string, more: Partial<RealBody> = {}): RealBody => ({ name, contentType: 'html', content, keeps: [], edit: null, partial: false, ...more });

const MSO_HEAD = `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]--><style><!--
/* Font Definitions */
@font-face	{font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}
p.MsoNormal, li.MsoNormal, div.MsoNormal	{margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif; mso-fareast-language:EN-US;}
--></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--></head>`;

const TEAMS_BLOCK = `<div style="width:100%;height:20px"><span style="white-space:nowrap;color:#5F5F5F;opacity:.36">________________________________________________________________________________</span></div>
<div class="me-email-text" style="color:#252424;font-family:'Segoe UI'" lang="en-US"><div style="margin-top:24px;margin-bottom:20px"><span style="font-size:24px">Microsoft Teams meeting</span></div>
<div style="margin-bottom:20px"><div><span style="font-size:14px"><b>Join on your computer, mobile app or room device</b></span></div><a class="me-email-headline" style="color:#6264a7" href="https://teams.microsoft.com/l/meetup-join/19%3ameeting_Nzc2%40thread.v2/0?context=%7b%22Tid%22%3a%22a%22%7d" target="_blank" rel="noreferrer noopener">Click here to join the meeting</a></div>
<div><span>Meeting ID: </span><span>313 224 005 881</span><br><span>Passcode: </span><span>xYz12A</span></div>
<div><a class="me-email-link" target="_blank" href="https://teams.microsoft.com/meetingOptions/?organizerId=1" rel="noreferrer noopener">Meeting options</a></div></div>
<div style="width:100%;height:20px"><span style="white-space:nowrap;color:#5F5F5F;opacity:.36">________________________________________________________________________________</span></div>`;

const ZOOM_BLOCK = `──────────<br>Ada Example is inviting you to a scheduled Zoom meeting.<br><br>Join Zoom Meeting<br><a href="https://us02web.zoom.us/j/81234567890?pwd=abc">https://us02web.zoom.us/j/81234567890?pwd=abc</a><br><br>Meeting ID: 812 3456 7890<br>Passcode: 123456<br>──────────`;

export const REAL_BODIES: readonly RealBody[] = [
  html('Outlook on a desk', `${MSO_HEAD}<body lang="DE" link="#0563C1" vlink="#954F72" style="word-wrap:break-word"><div class="WordSection1"><p class="MsoNormal"><span lang="EN-US">Dear all,<o:p></o:p></span></p>\r\n<p class="MsoNormal"><span lang="EN-US"><o:p>&nbsp;</o:p></span></p>\r\n<p class="MsoNormal"><b><span lang="EN-US">Agenda</span></b><span lang="EN-US"> for\r\nMonday<o:p></o:p></span></p></div></body></html>`),
  html('Outlook on a desk, with a signature and its logo', `${MSO_HEAD}<body lang="DE"><div class="WordSection1"><p class="MsoNormal">Bring the offer.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal"><b>Ada Example</b><o:p></o:p></p><p class="MsoNormal"><img width="211" height="64" id="Picture_x0020_1" src="cid:image001.png@01DA0001.5B3F4A10" alt="Logo"><o:p></o:p></p></div></body></html>`, {
    keeps: ['cid:image001.png@01DA0001.5B3F4A10', 'class="MsoNormal"', '<b>Ada Example</b>'],
    edit: 'offer',
    partial: true,
  }),
  html('Outlook on the web', `<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none"> P {margin-top:0;margin-bottom:0;} </style></head><body dir="ltr"><div class="elementToProof" style="font-family: Aptos; font-size: 12pt; color: rgb(0, 0, 0);">First line</div><div class="elementToProof"><br></div><div class="elementToProof">Second <i>line</i></div></body></html>`),
  html('Outlook on a phone', `<html><head></head><body><div dir="auto">Lunch at noon</div><div dir="auto"><br></div><div id="ms-outlook-mobile-signature" dir="auto">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div></body></html>`),
  html('an iPhone', `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">Call before you come<div><br></div><div>Sent from my iPhone</div></body></html>`),
  html('a Teams meeting', `<html><body><div>Quarterly figures</div><br>${TEAMS_BLOCK}</body></html>`, { keeps: [TEAMS_BLOCK.slice(0, 60), 'meetup-join/19%3ameeting_Nzc2%40thread.v2', '313 224 005 881'], edit: 'figures', partial: true }),
  html('a Zoom meeting', `<html><body><p>Kick-off</p><p>${ZOOM_BLOCK}</p></body></html>`, { keeps: ['https://us02web.zoom.us/j/81234567890?pwd=abc', 'Passcode: 123456'], edit: 'Kick-off', partial: true }),
  html('a Google Meet link', '<html><body><p>Join: <a href="https://meet.google.com/abc-defg-hij">Meet</a></p><p>Notes below</p></body></html>', { keeps: ['https://meet.google.com/abc-defg-hij'], edit: 'below', partial: true }),
  html('a picture between lines', '<html><body><p>Above</p><p><img src="https://example.com/plan.png" width="600" height="400" alt="Plan"></p><p>Below</p></body></html>', { keeps: ['plan.png', 'alt="Plan"'], edit: 'Below', partial: true }),
  html('nothing but a picture', '<html><body><img src="cid:scan@example" width="600" height="800"></body></html>', { keeps: ['cid:scan@example'], partial: true }),
  html('a table', '<html><body><p>Prices</p><table border="1"><tbody><tr><th>Item</th><th>Price</th></tr><tr><td>Pump</td><td>1.200</td></tr><tr><td>Hose</td><td>80</td></tr></tbody></table><p>Valid until May</p></body></html>', { keeps: ['<table border="1">', '<th>Item</th>', '<td>Hose</td>'], edit: 'May', partial: true }),
  html('a table, edited inside', '<html><body><table><tr><td>Pump</td><td>1.200</td></tr></table></body></html>', { keeps: ['<table>', '<td>Pump</td>'], edit: '1.200', partial: true }),
  html('lists', '<html><body><p>To do</p><ul><li>one</li><li>two<ol start="3"><li>a</li><li>b</li></ol></li></ul></body></html>'),
  html('a list with a picture', '<html><body><ul><li>one</li><li>two</li></ul><img src="cid:x" width="90" height="90"></body></html>', { keeps: ['<ul><li>one</li>', 'cid:x'], edit: 'two', partial: true }),
  html('links', '<html><body><p>See <a href="https://example.com/a?b=1&amp;c=2">the minutes</a> and <a href="mailto:ada@example.com">ada@example.com</a></p></body></html>'),
  html('links that a gateway has rewritten', '<html><body><p><a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2F7&amp;data=05" originalsrc="https://example.com/7">https://example.com/7</a></p></body></html>'),
  html('right to left', '<html dir="rtl"><body dir="rtl"><p>שלום עולם</p><p>مرحبا\u200f بالعالم</p></body></html>'),
  html('emoji and surrogates', '<html><body><p>Party \u{1f389}\u{1f469}\u200d\u{1f4bb} &#128512; \u{1f1e9}\u{1f1ea}</p></body></html>'),
  html('letters that combine', '<html><body><p>Ame\u0301lie trifft A\u030angstro\u0308m</p></body></html>'),
  html('entities and odd blanks', '<html><body><p>a &lt; b &amp;&amp; c&nbsp;&nbsp;&nbsp;d&ensp;e&#8203;f\tg</p></body></html>'),
  html('nothing', ''),
  html('an empty document', '<html><head></head><body></body></html>'),
  html('four megabytes', `<html><body>${'<p>A line that somebody pasted in, again and again.</p>\r\n'.repeat(70_000)}</body></html>`),
  html('what was never closed', '<html><body><div><b>Bold <i>and <p>more <table><tr><td>cell', { partial: true }),
  { name: 'plain text', contentType: 'text', content: 'First line\r\n\r\n  indented <b>not bold</b> & more\r\n', keeps: [], edit: null, partial: false },
  { name: 'plain text with a meeting', contentType: 'text', content: `Agenda\r\n${'_'.repeat(60)}\r\nJoin: https://teams.microsoft.com/l/meetup-join/19%3a\r\n${'_'.repeat(60)}\r\n`, keeps: ['meetup-join/19%3a'], edit: 'Agenda', partial: true },
];
