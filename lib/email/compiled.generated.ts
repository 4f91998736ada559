// Written by `npm run email:build` from templates/ and ../words/. Do not edit.
import type { Blast } from '../domain/blast.ts';
import type { Language } from '../domain/roster.ts';

type Compiled = { subject: string; html: string; text: string };

export const compiled: Record<Blast['template'], Record<Language, Compiled>> = {
  'payment-request': {
    en: {
      subject: `{{#unsubscribeUrl}}Reminder: {{/unsubscribeUrl}}{{#deadLink}}New payment link: {{productName}} for {{playerName}}{{/deadLink}}{{^deadLink}}{{productName}}: payment for {{playerName}}{{/deadLink}}`,
      html: `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html dir="ltr" lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"/><meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/><meta name="x-apple-disable-message-reformatting"/><meta name="color-scheme" content="light dark"/><meta name="supported-color-schemes" content="light dark"/><meta name="format-detection" content="telephone=no, date=no, address=no"/><title>Payment for {{productName}}</title><style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground,.ground>table>tbody>tr>td{background-color:#0f1512!important}
.card{background-color:#18211c!important;border-color:#2e3a33!important}
.facts{border-color:#2e3a33!important}
.note{background-color:#1d3329!important}
.text{color:#e9efeb!important}
.muted{color:#a7b5ad!important}
.link{color:#6fd3a6!important}
.button{background-color:#6fd3a6!important;color:#06281b!important}
}
@media (max-width:480px){.card-inside{padding:24px 18px 8px!important}}
</style></head><body class="ground" style="background-color:#f3f5f1;margin:0;padding:0">
<table border="0" width="100%" cellPadding="0" cellSpacing="0" role="presentation" align="center"><tbody><tr>
<td style="margin:0;padding:20px 12px;background-color:#f3f5f1;font-family:system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, &quot;Helvetica Neue&quot;, Helvetica, Arial, sans-serif"><div style="display:none;overflow:hidden;max-height:0;max-width:0;opacity:0;line-height:1px">{{#unsubscribeUrl}}Reminder: {{/unsubscribeUrl}}{{productName}}: {{amount}}{{#payBy}}, please pay by {{payBy}}{{/payBy}}</div><main>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="max-width:544px"><tbody><tr style="width:100%">
<td>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 4px 12px;font-weight:600;color:#55625b;margin-top:0;margin-right:4px;margin-bottom:12px;margin-left:4px">{{clubName}}</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="card" style="border-radius:16px;border:1px solid #dde3dc;background-color:#ffffff"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="card-inside" data-id="__react-email-column" style="padding:32px 32px 16px">
<h1 class="text" style="margin:0 0 20px;font-size:24px;line-height:30px;color:#17211c;overflow-wrap:anywhere">Payment for {{productName}}</h1>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">{{#parentName}}Hello {{parentName}},{{/parentName}}{{^parentName}}Hello,{{/parentName}}</p>{{#unsubscribeUrl}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">This is a reminder: we have not received this payment yet.</p>{{/unsubscribeUrl}}{{#deadLink}}
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="note" style="margin:0 0 20px;border-radius:10px;background-color:#e3f1ea"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="note-inside" data-id="__react-email-column" style="padding:14px 16px">
<p class="text" style="font-size:17px;line-height:26px;margin:0;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-bottom:0;margin-left:0;margin-right:0">The link in our earlier e-mail has stopped working, and we are sorry about that. The one below does not expire, and if you have already paid, you don’t need to pay again.</p></td></tr></tbody></table></td></tr></tbody></table>{{/deadLink}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">You can pay online in a minute or two. Here are the details:</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="facts" style="margin:4px 0 24px;border-top:1px solid #dde3dc;border-bottom:1px solid #dde3dc"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="facts-inside" data-id="__react-email-column" style="padding:16px 0 6px">
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">For:</span> <span style="font-weight:600">{{playerName}}</span></p>
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">What:</span> <span style="font-weight:600">{{productName}}</span></p>{{#period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Period:</span> <span style="font-weight:600">{{period}}</span></p>{{/period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Amount:</span> <span style="font-size:22px;font-weight:700">{{amount}}</span></p>{{#payBy}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Pay by:</span> <span style="font-weight:600">{{payBy}}</span></p>{{/payBy}}</td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="margin:0 0 20px"><tbody><tr>
<td><a class="button" href="{{payUrl}}" style="line-height:24px;text-decoration:none;display:block;max-width:100%;mso-padding-alt:0px;padding:14px 20px;border-radius:10px;font-size:18px;font-weight:600;text-align:center;background-color:#0b6848;color:#ffffff;padding-top:14px;padding-right:20px;padding-bottom:14px;padding-left:20px" target="_blank"><span><!--[if mso]><i style="mso-font-width:500%;mso-text-raise:21" hidden>&#8202;&#8202;</i><![endif]--></span><span style="max-width:100%;display:inline-block;line-height:120%;mso-padding-alt:0px;mso-text-raise:10.5px">Pay {{amount}}</span><span><!--[if mso]><i style="mso-font-width:500%" hidden>&#8202;&#8202;&#8203;</i><![endif]--></span></a></td></tr></tbody></table>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">The button opens our secure payment page. If it does not, copy this address into your browser:<br/><span style="word-break:break-all">{{payUrl}}</span></p></td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="foot"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="foot-inside" data-id="__react-email-column" style="padding:20px 4px 0">
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Any questions? {{clubName}} is glad to help:<br/>{{#contactHref}}<a class="link" href="{{contactHref}}" style="color:#0b6848;text-decoration-line:none;font-weight:600;text-decoration:underline" target="_blank">{{contact}}</a>{{/contactHref}}{{^contactHref}}<strong>{{contact}}</strong>{{/contactHref}}</p>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">You receive this e-mail because your family is registered with {{clubName}}.</p>{{#unsubscribeUrl}}
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0"><a class="link" href="{{unsubscribeUrl}}" style="color:#0b6848;text-decoration-line:none;text-decoration:underline" target="_blank">Stop reminders to this address</a></p>{{/unsubscribeUrl}}</td></tr></tbody></table></td></tr></tbody></table></td></tr></tbody></table></main></td></tr></tbody></table></body></html>`,
      text: `{{clubName}}

Payment for {{productName}}

{{#parentName}}Hello {{parentName}},{{/parentName}}{{^parentName}}Hello,{{/parentName}}{{#unsubscribeUrl}}

This is a reminder: we have not received this payment yet.{{/unsubscribeUrl}}{{#deadLink}}

The link in our earlier e-mail has stopped working, and we are sorry about that. The one below does not expire, and if you have already paid, you don’t need to pay again.{{/deadLink}}

You can pay online in a minute or two. Here are the details:

For: {{playerName}}
What: {{productName}}{{#period}}
Period: {{period}}{{/period}}
Amount: {{amount}}{{#payBy}}
Pay by: {{payBy}}{{/payBy}}

Pay here, on our secure payment page:
{{payUrl}}

Any questions? {{clubName}} is glad to help:
{{#contactHref}}{{contact}}{{/contactHref}}{{^contactHref}}{{contact}}{{/contactHref}}

You receive this e-mail because your family is registered with {{clubName}}.{{#unsubscribeUrl}}

To stop reminders to this address:
{{unsubscribeUrl}}{{/unsubscribeUrl}}
`,
    },
    es: {
      subject: `{{#unsubscribeUrl}}Recordatorio: {{/unsubscribeUrl}}{{#deadLink}}Nuevo enlace de pago: {{productName}}, {{playerName}}{{/deadLink}}{{^deadLink}}{{productName}}: pago de {{playerName}}{{/deadLink}}`,
      html: `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html dir="ltr" lang="es"><head><meta name="viewport" content="width=device-width, initial-scale=1"/><meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/><meta name="x-apple-disable-message-reformatting"/><meta name="color-scheme" content="light dark"/><meta name="supported-color-schemes" content="light dark"/><meta name="format-detection" content="telephone=no, date=no, address=no"/><title>Pago: {{productName}}</title><style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground,.ground>table>tbody>tr>td{background-color:#0f1512!important}
.card{background-color:#18211c!important;border-color:#2e3a33!important}
.facts{border-color:#2e3a33!important}
.note{background-color:#1d3329!important}
.text{color:#e9efeb!important}
.muted{color:#a7b5ad!important}
.link{color:#6fd3a6!important}
.button{background-color:#6fd3a6!important;color:#06281b!important}
}
@media (max-width:480px){.card-inside{padding:24px 18px 8px!important}}
</style></head><body class="ground" style="background-color:#f3f5f1;margin:0;padding:0">
<table border="0" width="100%" cellPadding="0" cellSpacing="0" role="presentation" align="center"><tbody><tr>
<td style="margin:0;padding:20px 12px;background-color:#f3f5f1;font-family:system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, &quot;Helvetica Neue&quot;, Helvetica, Arial, sans-serif"><div style="display:none;overflow:hidden;max-height:0;max-width:0;opacity:0;line-height:1px">{{#unsubscribeUrl}}Recordatorio: {{/unsubscribeUrl}}{{productName}}: {{amount}}{{#payBy}}, fecha límite: {{payBy}}{{/payBy}}</div><main>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="max-width:544px"><tbody><tr style="width:100%">
<td>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 4px 12px;font-weight:600;color:#55625b;margin-top:0;margin-right:4px;margin-bottom:12px;margin-left:4px">{{clubName}}</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="card" style="border-radius:16px;border:1px solid #dde3dc;background-color:#ffffff"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="card-inside" data-id="__react-email-column" style="padding:32px 32px 16px">
<h1 class="text" style="margin:0 0 20px;font-size:24px;line-height:30px;color:#17211c;overflow-wrap:anywhere">Pago: {{productName}}</h1>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">{{#parentName}}Hola, {{parentName}}:{{/parentName}}{{^parentName}}Hola:{{/parentName}}</p>{{#unsubscribeUrl}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Este es un recordatorio: todavía no hemos recibido este pago.</p>{{/unsubscribeUrl}}{{#deadLink}}
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="note" style="margin:0 0 20px;border-radius:10px;background-color:#e3f1ea"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="note-inside" data-id="__react-email-column" style="padding:14px 16px">
<p class="text" style="font-size:17px;line-height:26px;margin:0;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-bottom:0;margin-left:0;margin-right:0">El enlace de nuestro correo anterior dejó de funcionar, y le pedimos disculpas. El de abajo no caduca y, si usted ya pagó, no tiene que pagar otra vez.</p></td></tr></tbody></table></td></tr></tbody></table>{{/deadLink}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Puede pagar por internet en un par de minutos. Estos son los datos:</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="facts" style="margin:4px 0 24px;border-top:1px solid #dde3dc;border-bottom:1px solid #dde3dc"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="facts-inside" data-id="__react-email-column" style="padding:16px 0 6px">
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Para:</span> <span style="font-weight:600">{{playerName}}</span></p>
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Concepto:</span> <span style="font-weight:600">{{productName}}</span></p>{{#period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Periodo:</span> <span style="font-weight:600">{{period}}</span></p>{{/period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Importe:</span> <span style="font-size:22px;font-weight:700">{{amount}}</span></p>{{#payBy}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Fecha límite:</span> <span style="font-weight:600">{{payBy}}</span></p>{{/payBy}}</td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="margin:0 0 20px"><tbody><tr>
<td><a class="button" href="{{payUrl}}" style="line-height:24px;text-decoration:none;display:block;max-width:100%;mso-padding-alt:0px;padding:14px 20px;border-radius:10px;font-size:18px;font-weight:600;text-align:center;background-color:#0b6848;color:#ffffff;padding-top:14px;padding-right:20px;padding-bottom:14px;padding-left:20px" target="_blank"><span><!--[if mso]><i style="mso-font-width:500%;mso-text-raise:21" hidden>&#8202;&#8202;</i><![endif]--></span><span style="max-width:100%;display:inline-block;line-height:120%;mso-padding-alt:0px;mso-text-raise:10.5px">Pagar {{amount}}</span><span><!--[if mso]><i style="mso-font-width:500%" hidden>&#8202;&#8202;&#8203;</i><![endif]--></span></a></td></tr></tbody></table>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">El botón abre nuestra página de pago segura. Si no se abre, copie esta dirección en su navegador:<br/><span style="word-break:break-all">{{payUrl}}</span></p></td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="foot"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="foot-inside" data-id="__react-email-column" style="padding:20px 4px 0">
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">¿Tiene alguna pregunta? En {{clubName}} le ayudamos con gusto:<br/>{{#contactHref}}<a class="link" href="{{contactHref}}" style="color:#0b6848;text-decoration-line:none;font-weight:600;text-decoration:underline" target="_blank">{{contact}}</a>{{/contactHref}}{{^contactHref}}<strong>{{contact}}</strong>{{/contactHref}}</p>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Recibe este correo porque su familia está inscrita en {{clubName}}.</p>{{#unsubscribeUrl}}
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0"><a class="link" href="{{unsubscribeUrl}}" style="color:#0b6848;text-decoration-line:none;text-decoration:underline" target="_blank">No recibir más recordatorios en esta dirección</a></p>{{/unsubscribeUrl}}</td></tr></tbody></table></td></tr></tbody></table></td></tr></tbody></table></main></td></tr></tbody></table></body></html>`,
      text: `{{clubName}}

Pago: {{productName}}

{{#parentName}}Hola, {{parentName}}:{{/parentName}}{{^parentName}}Hola:{{/parentName}}{{#unsubscribeUrl}}

Este es un recordatorio: todavía no hemos recibido este pago.{{/unsubscribeUrl}}{{#deadLink}}

El enlace de nuestro correo anterior dejó de funcionar, y le pedimos disculpas. El de abajo no caduca y, si usted ya pagó, no tiene que pagar otra vez.{{/deadLink}}

Puede pagar por internet en un par de minutos. Estos son los datos:

Para: {{playerName}}
Concepto: {{productName}}{{#period}}
Periodo: {{period}}{{/period}}
Importe: {{amount}}{{#payBy}}
Fecha límite: {{payBy}}{{/payBy}}

Pague aquí, en nuestra página de pago segura:
{{payUrl}}

¿Tiene alguna pregunta? En {{clubName}} le ayudamos con gusto:
{{#contactHref}}{{contact}}{{/contactHref}}{{^contactHref}}{{contact}}{{/contactHref}}

Recibe este correo porque su familia está inscrita en {{clubName}}.{{#unsubscribeUrl}}

Para no recibir más recordatorios en esta dirección:
{{unsubscribeUrl}}{{/unsubscribeUrl}}
`,
    },
  },
  'monthly-fee': {
    en: {
      subject: `{{#unsubscribeUrl}}Reminder: {{/unsubscribeUrl}}{{#deadLink}}New payment link: {{productName}} for {{playerName}}{{/deadLink}}{{^deadLink}}{{productName}}: fee for {{playerName}}{{/deadLink}}`,
      html: `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html dir="ltr" lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"/><meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/><meta name="x-apple-disable-message-reformatting"/><meta name="color-scheme" content="light dark"/><meta name="supported-color-schemes" content="light dark"/><meta name="format-detection" content="telephone=no, date=no, address=no"/><title>{{productName}}</title><style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground,.ground>table>tbody>tr>td{background-color:#0f1512!important}
.card{background-color:#18211c!important;border-color:#2e3a33!important}
.facts{border-color:#2e3a33!important}
.note{background-color:#1d3329!important}
.text{color:#e9efeb!important}
.muted{color:#a7b5ad!important}
.link{color:#6fd3a6!important}
.button{background-color:#6fd3a6!important;color:#06281b!important}
}
@media (max-width:480px){.card-inside{padding:24px 18px 8px!important}}
</style></head><body class="ground" style="background-color:#f3f5f1;margin:0;padding:0">
<table border="0" width="100%" cellPadding="0" cellSpacing="0" role="presentation" align="center"><tbody><tr>
<td style="margin:0;padding:20px 12px;background-color:#f3f5f1;font-family:system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, &quot;Helvetica Neue&quot;, Helvetica, Arial, sans-serif"><div style="display:none;overflow:hidden;max-height:0;max-width:0;opacity:0;line-height:1px">{{#unsubscribeUrl}}Reminder: {{/unsubscribeUrl}}{{productName}}: {{amount}}{{#payBy}}, please pay by {{payBy}}{{/payBy}}</div><main>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="max-width:544px"><tbody><tr style="width:100%">
<td>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 4px 12px;font-weight:600;color:#55625b;margin-top:0;margin-right:4px;margin-bottom:12px;margin-left:4px">{{clubName}}</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="card" style="border-radius:16px;border:1px solid #dde3dc;background-color:#ffffff"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="card-inside" data-id="__react-email-column" style="padding:32px 32px 16px">
<h1 class="text" style="margin:0 0 20px;font-size:24px;line-height:30px;color:#17211c;overflow-wrap:anywhere">{{productName}}</h1>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">{{#parentName}}Hello {{parentName}},{{/parentName}}{{^parentName}}Hello,{{/parentName}}</p>{{#unsubscribeUrl}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">This is a reminder: we have not received this payment yet.</p>{{/unsubscribeUrl}}{{#deadLink}}
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="note" style="margin:0 0 20px;border-radius:10px;background-color:#e3f1ea"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="note-inside" data-id="__react-email-column" style="padding:14px 16px">
<p class="text" style="font-size:17px;line-height:26px;margin:0;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-bottom:0;margin-left:0;margin-right:0">The link in our earlier e-mail has stopped working, and we are sorry about that. The one below does not expire, and if you have already paid, you don’t need to pay again.</p></td></tr></tbody></table></td></tr></tbody></table>{{/deadLink}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">You can pay online in a minute or two. Here are the details:</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="facts" style="margin:4px 0 24px;border-top:1px solid #dde3dc;border-bottom:1px solid #dde3dc"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="facts-inside" data-id="__react-email-column" style="padding:16px 0 6px">
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">For:</span> <span style="font-weight:600">{{playerName}}</span></p>
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">What:</span> <span style="font-weight:600">{{productName}}</span></p>{{#period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Period:</span> <span style="font-weight:600">{{period}}</span></p>{{/period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Amount:</span> <span style="font-size:22px;font-weight:700">{{amount}}</span></p>{{#payBy}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Pay by:</span> <span style="font-weight:600">{{payBy}}</span></p>{{/payBy}}</td></tr></tbody></table></td></tr></tbody></table>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">About your card: by paying you agree that it is kept for later fees. Which ones, when, and how their amount is set stands beside the button on the payment page.</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="margin:0 0 20px"><tbody><tr>
<td><a class="button" href="{{payUrl}}" style="line-height:24px;text-decoration:none;display:block;max-width:100%;mso-padding-alt:0px;padding:14px 20px;border-radius:10px;font-size:18px;font-weight:600;text-align:center;background-color:#0b6848;color:#ffffff;padding-top:14px;padding-right:20px;padding-bottom:14px;padding-left:20px" target="_blank"><span><!--[if mso]><i style="mso-font-width:500%;mso-text-raise:21" hidden>&#8202;&#8202;</i><![endif]--></span><span style="max-width:100%;display:inline-block;line-height:120%;mso-padding-alt:0px;mso-text-raise:10.5px">Pay {{amount}}</span><span><!--[if mso]><i style="mso-font-width:500%" hidden>&#8202;&#8202;&#8203;</i><![endif]--></span></a></td></tr></tbody></table>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">The button opens our secure payment page. If it does not, copy this address into your browser:<br/><span style="word-break:break-all">{{payUrl}}</span></p></td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="foot"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="foot-inside" data-id="__react-email-column" style="padding:20px 4px 0">
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Any questions? {{clubName}} is glad to help:<br/>{{#contactHref}}<a class="link" href="{{contactHref}}" style="color:#0b6848;text-decoration-line:none;font-weight:600;text-decoration:underline" target="_blank">{{contact}}</a>{{/contactHref}}{{^contactHref}}<strong>{{contact}}</strong>{{/contactHref}}</p>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">You receive this e-mail because your family is registered with {{clubName}}.</p>{{#unsubscribeUrl}}
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0"><a class="link" href="{{unsubscribeUrl}}" style="color:#0b6848;text-decoration-line:none;text-decoration:underline" target="_blank">Stop reminders to this address</a></p>{{/unsubscribeUrl}}</td></tr></tbody></table></td></tr></tbody></table></td></tr></tbody></table></main></td></tr></tbody></table></body></html>`,
      text: `{{clubName}}

{{productName}}

{{#parentName}}Hello {{parentName}},{{/parentName}}{{^parentName}}Hello,{{/parentName}}{{#unsubscribeUrl}}

This is a reminder: we have not received this payment yet.{{/unsubscribeUrl}}{{#deadLink}}

The link in our earlier e-mail has stopped working, and we are sorry about that. The one below does not expire, and if you have already paid, you don’t need to pay again.{{/deadLink}}

You can pay online in a minute or two. Here are the details:

For: {{playerName}}
What: {{productName}}{{#period}}
Period: {{period}}{{/period}}
Amount: {{amount}}{{#payBy}}
Pay by: {{payBy}}{{/payBy}}

About your card: by paying you agree that it is kept for later fees. Which ones, when, and how their amount is set stands beside the button on the payment page.

Pay here, on our secure payment page:
{{payUrl}}

Any questions? {{clubName}} is glad to help:
{{#contactHref}}{{contact}}{{/contactHref}}{{^contactHref}}{{contact}}{{/contactHref}}

You receive this e-mail because your family is registered with {{clubName}}.{{#unsubscribeUrl}}

To stop reminders to this address:
{{unsubscribeUrl}}{{/unsubscribeUrl}}
`,
    },
    es: {
      subject: `{{#unsubscribeUrl}}Recordatorio: {{/unsubscribeUrl}}{{#deadLink}}Nuevo enlace de pago: {{productName}}, {{playerName}}{{/deadLink}}{{^deadLink}}{{productName}}: cuota de {{playerName}}{{/deadLink}}`,
      html: `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html dir="ltr" lang="es"><head><meta name="viewport" content="width=device-width, initial-scale=1"/><meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/><meta name="x-apple-disable-message-reformatting"/><meta name="color-scheme" content="light dark"/><meta name="supported-color-schemes" content="light dark"/><meta name="format-detection" content="telephone=no, date=no, address=no"/><title>{{productName}}</title><style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground,.ground>table>tbody>tr>td{background-color:#0f1512!important}
.card{background-color:#18211c!important;border-color:#2e3a33!important}
.facts{border-color:#2e3a33!important}
.note{background-color:#1d3329!important}
.text{color:#e9efeb!important}
.muted{color:#a7b5ad!important}
.link{color:#6fd3a6!important}
.button{background-color:#6fd3a6!important;color:#06281b!important}
}
@media (max-width:480px){.card-inside{padding:24px 18px 8px!important}}
</style></head><body class="ground" style="background-color:#f3f5f1;margin:0;padding:0">
<table border="0" width="100%" cellPadding="0" cellSpacing="0" role="presentation" align="center"><tbody><tr>
<td style="margin:0;padding:20px 12px;background-color:#f3f5f1;font-family:system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, &quot;Helvetica Neue&quot;, Helvetica, Arial, sans-serif"><div style="display:none;overflow:hidden;max-height:0;max-width:0;opacity:0;line-height:1px">{{#unsubscribeUrl}}Recordatorio: {{/unsubscribeUrl}}{{productName}}: {{amount}}{{#payBy}}, fecha límite: {{payBy}}{{/payBy}}</div><main>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="max-width:544px"><tbody><tr style="width:100%">
<td>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 4px 12px;font-weight:600;color:#55625b;margin-top:0;margin-right:4px;margin-bottom:12px;margin-left:4px">{{clubName}}</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="card" style="border-radius:16px;border:1px solid #dde3dc;background-color:#ffffff"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="card-inside" data-id="__react-email-column" style="padding:32px 32px 16px">
<h1 class="text" style="margin:0 0 20px;font-size:24px;line-height:30px;color:#17211c;overflow-wrap:anywhere">{{productName}}</h1>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">{{#parentName}}Hola, {{parentName}}:{{/parentName}}{{^parentName}}Hola:{{/parentName}}</p>{{#unsubscribeUrl}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Este es un recordatorio: todavía no hemos recibido este pago.</p>{{/unsubscribeUrl}}{{#deadLink}}
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="note" style="margin:0 0 20px;border-radius:10px;background-color:#e3f1ea"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="note-inside" data-id="__react-email-column" style="padding:14px 16px">
<p class="text" style="font-size:17px;line-height:26px;margin:0;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-bottom:0;margin-left:0;margin-right:0">El enlace de nuestro correo anterior dejó de funcionar, y le pedimos disculpas. El de abajo no caduca y, si usted ya pagó, no tiene que pagar otra vez.</p></td></tr></tbody></table></td></tr></tbody></table>{{/deadLink}}
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Puede pagar por internet en un par de minutos. Estos son los datos:</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="facts" style="margin:4px 0 24px;border-top:1px solid #dde3dc;border-bottom:1px solid #dde3dc"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="facts-inside" data-id="__react-email-column" style="padding:16px 0 6px">
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Para:</span> <span style="font-weight:600">{{playerName}}</span></p>
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Concepto:</span> <span style="font-weight:600">{{productName}}</span></p>{{#period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Periodo:</span> <span style="font-weight:600">{{period}}</span></p>{{/period}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Importe:</span> <span style="font-size:22px;font-weight:700">{{amount}}</span></p>{{#payBy}}
<p class="fact text" style="font-size:17px;line-height:26px;margin:0 0 10px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:10px;margin-left:0"><span class="muted" style="font-size:16px;color:#55625b">Fecha límite:</span> <span style="font-weight:600">{{payBy}}</span></p>{{/payBy}}</td></tr></tbody></table></td></tr></tbody></table>
<p class="text" style="font-size:17px;line-height:26px;margin:0 0 16px;color:#17211c;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Sobre su tarjeta: al pagar, usted acepta que se guarde para cuotas posteriores. Junto al botón de la página de pago se indica cuáles, cuándo y cómo se fija su importe.</p>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" style="margin:0 0 20px"><tbody><tr>
<td><a class="button" href="{{payUrl}}" style="line-height:24px;text-decoration:none;display:block;max-width:100%;mso-padding-alt:0px;padding:14px 20px;border-radius:10px;font-size:18px;font-weight:600;text-align:center;background-color:#0b6848;color:#ffffff;padding-top:14px;padding-right:20px;padding-bottom:14px;padding-left:20px" target="_blank"><span><!--[if mso]><i style="mso-font-width:500%;mso-text-raise:21" hidden>&#8202;&#8202;</i><![endif]--></span><span style="max-width:100%;display:inline-block;line-height:120%;mso-padding-alt:0px;mso-text-raise:10.5px">Pagar {{amount}}</span><span><!--[if mso]><i style="mso-font-width:500%" hidden>&#8202;&#8202;&#8203;</i><![endif]--></span></a></td></tr></tbody></table>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">El botón abre nuestra página de pago segura. Si no se abre, copie esta dirección en su navegador:<br/><span style="word-break:break-all">{{payUrl}}</span></p></td></tr></tbody></table></td></tr></tbody></table>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation" class="foot"><tbody><tr>
<td>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td class="foot-inside" data-id="__react-email-column" style="padding:20px 4px 0">
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">¿Tiene alguna pregunta? En {{clubName}} le ayudamos con gusto:<br/>{{#contactHref}}<a class="link" href="{{contactHref}}" style="color:#0b6848;text-decoration-line:none;font-weight:600;text-decoration:underline" target="_blank">{{contact}}</a>{{/contactHref}}{{^contactHref}}<strong>{{contact}}</strong>{{/contactHref}}</p>
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0">Recibe este correo porque su familia está inscrita en {{clubName}}.</p>{{#unsubscribeUrl}}
<p class="muted" style="font-size:16px;line-height:24px;margin:0 0 16px;color:#55625b;overflow-wrap:anywhere;margin-top:0;margin-right:0;margin-bottom:16px;margin-left:0"><a class="link" href="{{unsubscribeUrl}}" style="color:#0b6848;text-decoration-line:none;text-decoration:underline" target="_blank">No recibir más recordatorios en esta dirección</a></p>{{/unsubscribeUrl}}</td></tr></tbody></table></td></tr></tbody></table></td></tr></tbody></table></main></td></tr></tbody></table></body></html>`,
      text: `{{clubName}}

{{productName}}

{{#parentName}}Hola, {{parentName}}:{{/parentName}}{{^parentName}}Hola:{{/parentName}}{{#unsubscribeUrl}}

Este es un recordatorio: todavía no hemos recibido este pago.{{/unsubscribeUrl}}{{#deadLink}}

El enlace de nuestro correo anterior dejó de funcionar, y le pedimos disculpas. El de abajo no caduca y, si usted ya pagó, no tiene que pagar otra vez.{{/deadLink}}

Puede pagar por internet en un par de minutos. Estos son los datos:

Para: {{playerName}}
Concepto: {{productName}}{{#period}}
Periodo: {{period}}{{/period}}
Importe: {{amount}}{{#payBy}}
Fecha límite: {{payBy}}{{/payBy}}

Sobre su tarjeta: al pagar, usted acepta que se guarde para cuotas posteriores. Junto al botón de la página de pago se indica cuáles, cuándo y cómo se fija su importe.

Pague aquí, en nuestra página de pago segura:
{{payUrl}}

¿Tiene alguna pregunta? En {{clubName}} le ayudamos con gusto:
{{#contactHref}}{{contact}}{{/contactHref}}{{^contactHref}}{{contact}}{{/contactHref}}

Recibe este correo porque su familia está inscrita en {{clubName}}.{{#unsubscribeUrl}}

Para no recibir más recordatorios en esta dirección:
{{unsubscribeUrl}}{{/unsubscribeUrl}}
`,
    },
  },
};

/** Changes with any word or pixel of a template: what was approved is what leaves. */
export const templateVersions: Record<Blast['template'], string> = {
  'payment-request': '58592c3bd0ceb442',
  'monthly-fee': '4e948cb4a00a723b',
};
