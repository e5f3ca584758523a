/** Downloads of large files, described. */
import type { Operations } from "../operation.ts";

export const fileOperations: Operations = {
  "GET /files/:token/:filename": {
    id: "downloadFile",
    tag: "Files",
    summary: "Download a large attachment",
    description: "The link stands in a message, and expires. A range of bytes may be asked for.",
    opens: "anybody",
    answers: { mediaType: "*/*", description: "The file, to be saved." },
    also: {
      206: "The range that was asked for.",
      302: "Its store makes links of its own: `Location` leads there for some minutes.",
      416: "The range lies outside of the file.",
    },
    fails: [410],
  },
};
