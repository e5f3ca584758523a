/** The demo's messages: three priorities, every script and attachment that tends to break. */

export interface DemoMail {
  id: string;
  /** A recipient of its own, by which the delivered mail is told from the others. */
  to: string;
  subject: string;
  filename: string;
  /** 1 high, 2 medium, 3 low. */
  priority: number;
}

const SUBJECTS = [
  "Größe bestätigt",
  "Счёт готов",
  "請求書のお知らせ",
  "Ваш заказ 📦",
  "فاتورتك جاهزة",
  "Votre reçu, très bientôt",
];
const FILENAMES = ["invoice.csv", "Übersicht.csv", "請求書.csv"];

export function demoMails(count: number): DemoMail[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(3, "0");
    return {
      id: `demo-${number}`,
      to: `customer-${number}@example.com`,
      subject: `${SUBJECTS[index % SUBJECTS.length]} ${number}`,
      filename: `${number} ${FILENAMES[index % FILENAMES.length]}`,
      priority: (index % 3) + 1,
    };
  });
}

/** The message as an application posts it. */
export function asMessage({ id, to, subject, filename, priority }: DemoMail) {
  const table = new TextEncoder().encode(`order,customer,total\n${id},${to},"12,50 €"\n`);
  return {
    id,
    from: "Ana Pérez <shop@example.com>",
    to: `Kunde № ${id} <${to}>`,
    subject,
    text: `Danke, merci, спасибо: ${id}.`,
    html: `<p>Danke, merci, спасибо: <b>${id}</b>.</p>`,
    priority,
    attachments: [{ filename, storage_path: `base64:${Buffer.from(table).toString("base64")}`, mime_type: "text/csv" }],
  };
}
