package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed find.js
var findJS string

// What can be done with an element once it is found. Each script returns a found.
const (
	// actReach scrolls to the element and says where to click it, unless
	// something covers it.
	actReach = `(el, {visible}) => {
		if (!visible(el)) return {state: 'it is not visible'};
		if (el.disabled || el.getAttribute('aria-disabled') === 'true') return {state: 'it is disabled'};
		el.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});
		const r = el.getClientRects()[0], x = r.x + r.width / 2, y = r.y + r.height / 2;
		const top = document.elementFromPoint(x, y);
		if (!top || !(el.contains(top) || top.contains(el) || top.closest('label')?.control === el))
			return {state: 'it is covered by ' + (top ? top.outerHTML.slice(0, 200) : 'nothing, being off the screen')};
		return {x, y};
	}`

	// actFill sets the value of a field that has a picker, and selects the contents of
	// other fields, so that typing replaces them.
	actFill = `(el, {visible, squeeze}) => {
		if (!visible(el)) return {state: 'it is not visible'};
		if (el.disabled || el.readOnly) return {state: 'it cannot be edited'};
		const set = (v) => {
			Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), 'value').set.call(el, v);
			el.dispatchEvent(new Event('input', {bubbles: true}));
			el.dispatchEvent(new Event('change', {bubbles: true}));
		};
		el.focus();
		if (el.tagName === 'SELECT') {
			const o = [...el.options].find((o) => squeeze(o.label) === value || o.value === value);
			if (!o) return {state: 'it has no option ' + value};
			set(o.value);
			return {};
		}
		if (['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range'].includes(el.type)) {
			set(value);
			return {};
		}
		if (el.select) el.select(); else getSelection().selectAllChildren(el);
		return {type: true};
	}`

	actText  = `(el, {squeeze}) => ({text: squeeze('value' in el && el.tagName !== 'LI' && el.tagName !== 'BUTTON' ? el.value : el.innerText)})`
	actReady = `(el, {visible}) => visible(el) ? {} : {state: 'it is not visible'}`
)

// found is the result of one attempt. State is empty when it succeeded, else it says why not.
type found struct {
	State string  `json:"state"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Type  bool    `json:"type"`
	Text  string  `json:"text"`
}

// reach finds the element and does act with it, as soon as that is possible.
func (p *Page) reach(verb, kind, query, act, value string) found {
	p.t.Helper()
	var f found
	for end := time.Now().Add(Timeout); time.Now().Before(end); time.Sleep(pollInterval) {
		if f = p.try(kind, query, act, value); f.State == "" {
			return f
		}
	}
	p.fail("%s %q: %s", verb, query, f.State)
	return f
}

// try makes one attempt of reach.
func (p *Page) try(kind, query, act, value string) found {
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	f, err := chromedp.Run(ctx, chromedp.Evaluate[found](
		"(() => { const value = "+quote(value)+"; return ("+findJS+")("+quote(kind)+", "+quote(query)+", "+act+") })()"))
	if err != nil { // usually because the page is being replaced by another one
		return found{State: err.Error()}
	}
	return f
}

// Fill replaces the contents of the field with that label or CSS selector, as if
// typed. For a select it chooses the option with that text or value. For check boxes and
// radio buttons use Click.
func (p *Page) Fill(field, value string) {
	p.t.Helper()
	f := p.reach("fill", "field", field, actFill, value)
	switch {
	case !f.Type:
	case value == "":
		p.do("clear "+field, chromedp.KeyEvent(kb.Delete))
	default:
		p.do("fill "+field, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: value})
			return err
		}))
	}
}

// Click clicks the link, button, tab or labelled check box with that text, or the first
// visible element of that CSS selector. It uses the mouse, so it fails when something
// covers the element. It waits for a page that the click loads.
func (p *Page) Click(target string) {
	p.t.Helper()
	f := p.reach("click", "target", target, actReach, "")
	p.do("click "+target, chromedp.MouseClickXY(f.X, f.Y))
	p.settle()
}

// Press sends keys to the focused element, such as kb.Tab, kb.Enter or text.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys))
	p.settle()
}

// Text waits for the element of that CSS selector and returns its visible text,
// or the value of a field, with single spaces.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return p.reach("text of", "css", selector, actText, "").Text
}

// WaitVisible waits for a visible element of that CSS selector.
func (p *Page) WaitVisible(selector string) {
	p.t.Helper()
	p.reach("wait for", "css", selector, actReady, "")
}

// Count returns how many elements that CSS selector has now.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return Eval[int](p, "document.querySelectorAll("+quote(selector)+").length")
}

// quote returns text as a JavaScript literal.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return string(b)
}
