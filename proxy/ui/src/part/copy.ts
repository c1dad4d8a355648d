// Copying a text. Without TLS a browser has no clipboard for scripts; the old command still works then.

/**
 * False: the browser refused, and the text is to be shown. `holder`: where a field may stand for a moment; inside of a modal
 * dialog, as nothing outside of it takes focus.
 */
export async function copyText(text: string, holder: Element = document.body): Promise<boolean> {
  // Where the page is not secure it is not there, whatever the types say.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (clipboard) return clipboard.writeText(text).then(() => true, () => false);
  const area = document.createElement("textarea");
  area.value = text;
  holder.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without TLS
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
