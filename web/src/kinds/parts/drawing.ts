/** Which question draws on the material now: the active one, the one whose region is asked about, or the first that can. */
import type { Asked, Editor, EditorState } from "../../editor/store";
import type { QuestionKind } from "../kind";

interface View {
  editor: Editor;
  state: EditorState;
  kinds: Record<string, QuestionKind>;
}

/** The question that a drag over the text at an address belongs to. */
export function drawingOn(view: View, address: string): Asked | undefined {
  const { editor, kinds } = view;
  return chosen(view, (each) => Boolean(kinds[each.question.kind]?.onText?.covers(each, editor, address)));
}

/** The question whose boxes a drag over the image at an address makes. */
export function drawingOnImage(view: View, address: string): Asked | undefined {
  const { kinds } = view;
  return chosen(view, (each) => Boolean(kinds[each.question.kind]?.Layer) && each.part.address === address);
}

/** The question whose segments a drag over the recording at an address makes; a channel is drawn on the recording that it is of. */
export function drawingOnTime(view: View, address: string): Asked | undefined {
  return chosen(view, (each) => Boolean(view.kinds[each.question.kind]?.onTime) && each.part.input === address);
}

/** The question whose toolbar stands over the material. */
export function drawingNow(view: View): Asked | undefined {
  return chosen(view, (each) => Boolean(view.kinds[each.question.kind]?.Toolbar));
}

function chosen({ editor, state }: View, can: (asked: Asked) => boolean): Asked | undefined {
  const able = editor.asked().filter(can);
  const active = editor.asked().find(({ key }) => key === state.active);
  const isAbout = ({ question }: Asked): boolean => active?.part.address.startsWith(`${question.name}:`) ?? false;
  return (
    able.find(({ key }) => key === state.active) ??
    able.find(isAbout) ??
    able.find(({ key }) => key === state.selected?.key) ??
    able[0]
  );
}
