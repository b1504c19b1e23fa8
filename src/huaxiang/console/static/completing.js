// Offers words while a definition is typed. ELEMENT is the editor's element, WORDS what palette.py sends: words by
// sort. The editor's own list shows them: arrows choose, Enter or Tab puts one in, Escape closes it.
async (element, words) => {
  await element.editorPromise;
  const { EditorState, Prec, StateEffect, keymap, runScopeHandlers } = await import("nicegui-codemirror");
  const first = !element.wordsOffered;
  element.wordsOffered = words;
  if (!first) return;
  const written = (code) => (view, _, from, to) => {
    const inside = code.endsWith("()") ? 1 : 0;
    view.dispatch({
      changes: { from, to, insert: code }, selection: { anchor: from + code.length - inside },
      userEvent: "input.complete",
    });
  };
  const sorts = (line) =>
    /from:\s*\w*$/.test(line) ? ["tables"]
    : /^[\s-]*\w*$/.test(line) ? ["keys", "kinds"]
    : ["columns", "functions", "tags", "segments", "tables", "keys", "kinds"];
  const source = (context) => {
    const begun = context.matchBefore(/[\p{L}\p{N}_]+$/u);
    if (!begun && !context.explicit) return null;
    const line = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
    const options = sorts(line).flatMap((sort, place) =>
      (element.wordsOffered[sort] ?? []).map(([code, said]) => ({
        label: code.replace(/[(): ]+$/, ""), detail: said, apply: written(code), boost: -place,
      })));
    return { from: begun ? begun.from : context.pos, options, validFor: /^[\p{L}\p{N}_]*$/u };
  };
  // Tab indents; while words are offered it takes the chosen one, as Enter does.
  const take = (view) =>
    Boolean(view.dom.querySelector(".cm-tooltip-autocomplete")) &&
    runScopeHandlers(view, new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13 }), "editor");
  element.editor.dispatch({ effects: StateEffect.appendConfig.of([
    EditorState.languageData.of(() => [{ autocomplete: source }]),
    Prec.highest(keymap.of([{ key: "Tab", run: take }])),
  ]) });
}
