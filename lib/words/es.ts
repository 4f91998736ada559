import type { Words } from './en.ts';

export const es = {
  /** Spanish as it is written in the United States: "$55.00", "30 de abril de 2026". */
  locale: 'es-US',
  labels: {
    player: 'Para',
    product: 'Concepto',
    period: 'Periodo',
    amount: 'Importe',
    payBy: 'Fecha límite',
    paid: 'Pagado',
    paidOn: 'Fecha del pago',
    received: 'Recibido',
    returned: 'Devuelto',
    wasDue: 'Fecha límite',
  },
  contact: {
    ask: (club) => `¿Tiene alguna pregunta? En ${club} le ayudamos con gusto:`,
  },
  pages: {
    not_found: {
      heading: 'No encontramos este pago',
      body: [
        'Puede que falte una parte del enlace: algunos programas de correo cortan en dos los más largos. Abra de nuevo el enlace de su correo electrónico o cópielo entero en la barra de direcciones.',
        'Si eso no ayuda, pregúntenos. Al abrir esta página no se le ha cobrado nada.',
      ],
    },
    replaced: {
      heading: 'Este enlace fue reemplazado',
      body: (club) => [
        `Para que los pagos sean seguros, ${club} reemplazó el enlace que usted abrió por uno nuevo. Use el enlace del correo más reciente de ${club} o pídanos que se lo enviemos otra vez.`,
        'Si ya pagó, su pago sigue siendo válido y no tiene que hacer nada más.',
      ],
    },
    unavailable: {
      heading: 'Volvemos enseguida',
      body: (seconds) => [
        `En este momento no se puede abrir la página de pago. El problema es nuestro, no suyo. Esta página lo intenta de nuevo sola cada ${seconds} segundos.`,
        'Si acaba de pagar, su pago está a salvo: por favor, no pague otra vez.',
        'También puede cerrar esta página y abrir su enlace más tarde. Seguirá funcionando.',
      ],
      again: 'Intentar ahora',
    },
    sign_contract: {
      heading: 'Primero, el contrato',
      body: (player) => [
        player === null
          ? 'Antes de pagar esta cuota hace falta un contrato firmado, y por el momento no lo tenemos.'
          : `Antes de pagar esta cuota hace falta un contrato firmado para ${player}, y por el momento no lo tenemos.`,
      ],
      whereToSign: (club) => `En ${club} le dirán dónde puede firmarlo.`,
      afterwards:
        'Cuando esté firmado, abra de nuevo el enlace de su correo: lo llevará al pago. ¿Ya lo firmó? Esta página puede tardar un poco en saberlo.',
      sign: 'Ir al contrato',
    },
    on_its_way: {
      heading: '¡Gracias! Su pago está en camino',
      body: [
        'Estamos esperando la confirmación, que suele tardar unos segundos. Esta página se actualiza sola.',
        'También puede cerrarla: su pago sigue su curso. Por favor, no pague por segunda vez.',
        'Si mañana todavía dice lo mismo, pregúntenos.',
      ],
      again: 'Actualizar ahora',
    },
    processing: {
      heading: 'Su pago bancario está en camino',
      body: [
        'Su banco lo está procesando, lo que puede tardar varios días hábiles. Usted no tiene que hacer nada; por favor, no pague por segunda vez.',
        'Si su banco lo rechazara, con el enlace de su correo podrá pagar de otra manera.',
      ],
    },
    paid: {
      heading: 'Ya está pagado. ¡Gracias!',
      body: ['Hemos recibido su pago y no tiene que hacer nada más.'],
    },
    review: {
      heading: 'Estamos revisando su pago',
      body: (club) => [
        `Lo que recibimos no coincide con lo que se debía, así que una persona de ${club} lo está revisando.`,
        `Usted no tiene que hacer nada; por favor, no pague otra vez. ${club} se pondrá en contacto con usted si hay que devolverle dinero o si queda algo pendiente.`,
      ],
    },
    canceled: {
      heading: 'Aquí no hay nada que pagar',
      body: (club) => [
        `${club} canceló esta solicitud de pago, así que ya no se debe nada.`,
        'Si esto le sorprende, pregúntenos.',
      ],
    },
    waived: {
      heading: 'Aquí no hay nada que pagar',
      body: (club) => [
        `${club} le eximió de este pago: no debe nada por este concepto.`,
        'Si esto le sorprende, pregúntenos.',
      ],
    },
    refunded: {
      heading: 'Le hemos devuelto su dinero',
      body: [
        'Vuelve a la tarjeta o cuenta con la que pagó. Los bancos suelen mostrarlo en un plazo de 5 a 10 días hábiles.',
        'Ahora no hay nada que pagar aquí.',
      ],
    },
    closed: {
      heading: 'Ya no se puede pagar por internet',
      body: (club) => [
        'La fecha para este pago ya pasó y el enlace ya no abre ningún pago. No se le ha cobrado nada.',
        `Si todavía desea pagar, pregunte a ${club}: pueden abrirlo de nuevo para usted.`,
      ],
    },
    unsubscribe: {
      heading: '¿Dejar de recibir recordatorios?',
      body: (club) => [
        `${club} no enviará más recordatorios de pagos pendientes a esta dirección de correo. Vale para todas las personas de su familia que usan esta dirección.`,
        `Cuando haya un pago nuevo, ${club} le seguirá escribiendo una vez, para que usted lo sepa.`,
      ],
      stop: 'No enviar más recordatorios',
    },
    unsubscribed: {
      heading: 'Ya no recibirá recordatorios',
      body: (club) => [
        'Esta dirección de correo no recibirá más recordatorios de pagos pendientes. Si alguno ya está en camino, todavía puede llegar.',
        `Cuando haya un pago nuevo, ${club} le seguirá escribiendo una vez. Lo que está pendiente sigue pendiente: el enlace de su correo anterior funciona.`,
        'Si quiere volver a recibir recordatorios, pídanoslo.',
      ],
    },
    unsubscribe_not_found: {
      heading: 'Este enlace no está completo',
      body: [
        'Puede que falte una parte: algunos programas de correo cortan en dos los enlaces largos. Abra de nuevo el enlace de su correo electrónico o cópielo entero en la barra de direcciones.',
        'Si eso no ayuda, pídanos que no le enviemos más recordatorios.',
      ],
    },
    unsubscribe_replaced: {
      heading: 'Este enlace ya no funciona',
      body: (club) => [
        `Por seguridad, ${club} reemplazó los enlaces de sus correos anteriores. No se ha cambiado nada. Use el enlace del recordatorio más reciente o pídanos que no le enviemos más recordatorios.`,
      ],
    },
    unsubscribe_unavailable: {
      heading: 'En este momento no fue posible',
      body: [
        'El problema es nuestro, no suyo, y no podemos decirle si los recordatorios se han detenido. Inténtelo de nuevo en un minuto: pedirlo dos veces no causa ningún problema.',
      ],
      again: 'Intentar de nuevo',
    },
  },
  mails: {
    greeting: (parent) => `Hola, ${parent}:`,
    greetingWithoutName: 'Hola:',
    preview: (product, amount) => `${product}: ${amount}`,
    previewPayBy: (date) => `, fecha límite: ${date}`,
    deadLink:
      'El enlace de nuestro correo anterior dejó de funcionar, y le pedimos disculpas. El de abajo no caduca y, si usted ya pagó, no tiene que pagar otra vez.',
    reminder: 'Este es un recordatorio: todavía no hemos recibido este pago.',
    reminderMark: 'Recordatorio: ',
    intro: 'Puede pagar por internet en un par de minutos. Estos son los datos:',
    pay: (amount) => `Pagar ${amount}`,
    orCopy:
      'El botón abre nuestra página de pago segura. Si no se abre, copie esta dirección en su navegador:',
    payHere: 'Pague aquí, en nuestra página de pago segura:',
    why: (club) => `Recibe este correo porque su familia está inscrita en ${club}.`,
    stopReminders: 'No recibir más recordatorios en esta dirección',
    stopRemindersHere: 'Para no recibir más recordatorios en esta dirección:',
    'payment-request': {
      subject: (product, player) => `${product}: pago de ${player}`,
      newLinkSubject: (product, player) => `Nuevo enlace de pago: ${product}, ${player}`,
      heading: (product) => `Pago: ${product}`,
    },
    'monthly-fee': {
      subject: (product, player) => `${product}: cuota de ${player}`,
      newLinkSubject: (product, player) => `Nuevo enlace de pago: ${product}, ${player}`,
      heading: (product) => product,
      savedCard:
        'Sobre su tarjeta: al pagar, usted acepta que se guarde para cuotas posteriores. Junto al botón de la página de pago se indica cuáles, cuándo y cómo se fija su importe.',
    },
  },
  surface: {
    keepsCard: (laterCharges) =>
      `Al pagar, usted acepta que su tarjeta se guarde para cuotas posteriores. ${laterCharges}`,
    laterCharges: (club) =>
      `${club} cobra cada cuota posterior en su fecha, por el importe de su contrato, y le avisa antes.`,
    inactive: (club, contact) =>
      `Esta página de pago se cerró porque el pago ya se hizo o fue sustituido. Abra el enlace del correo más reciente de ${club} o pregunte a ${contact}.`,
  },
} satisfies Words;
