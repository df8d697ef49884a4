/** A mail as its HTML and its plain text both say it. Text is plain: whoever draws it escapes it. */
export interface MailContent {
  readonly subject: string;
  /** What a list of mails shows beside the subject. */
  readonly preview: string;
  /** Over the headline: what it is about. */
  readonly title: string;
  readonly subtitle: string;
  readonly headline: string;
  readonly lead: string;
  readonly blocks: readonly Block[];
  readonly footer: readonly string[];
}

export type Tone = "plain" | "good" | "warning";

export interface Bar {
  readonly label: string;
  readonly amount: string;
  /** Of the longest, 0 to 1. */
  readonly share: number;
  readonly tone: "today" | "recommended" | "bound";
}

export interface Column {
  readonly title: string;
  readonly right?: true;
}

export type Block =
  | { readonly kind: "bars"; readonly title: string; readonly bars: readonly Bar[] }
  | { readonly kind: "box"; readonly tone: Tone; readonly title: string; readonly text: string }
  | {
      readonly kind: "table";
      readonly title: string;
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: "list"; readonly title: string; readonly items: readonly string[] }
  | {
      readonly kind: "links";
      readonly title: string;
      readonly text: string;
      readonly links: readonly { readonly label: string; readonly url: string }[];
    }
  | { readonly kind: "command"; readonly text: string; readonly command: string };
