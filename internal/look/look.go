// Package look makes the colours of pages and mails of the one that an organisation chose.
//
// Whatever is chosen, text can be read and controls can be seen: each colour is made lighter or
// darker until the contrast of WCAG 2.2 AA holds, with its hue kept. What was changed is said.
package look

import (
	"cmp"
	"fmt"
)

// The contrasts of WCAG 2.2 AA: 1.4.3 for text, 1.4.11 for what controls are seen by.
const (
	TextContrast    = 4.5
	ControlContrast = 3.0
)

// Mode is one of the two themes.
type Mode string

// Modes.
const (
	Light Mode = "light"
	Dark  Mode = "dark"
)

// Use is what a colour is used for.
type Use string

// Uses.
const (
	Button  Use = "button"  // the ground of the main button
	Text    Use = "text"    // links, and words that stand out
	Control Use = "control" // the ring around what has the focus, ticks, switches, bars, the edge of buttons
)

// Scheme is the colours of one theme, each as #rrggbb.
type Scheme struct {
	Button  string `json:"button"`
	Hover   string `json:"hover"`    // of the button
	OnThem  string `json:"onButton"` // text on both
	Text    string `json:"text"`
	Control string `json:"control"`
	Tint    string `json:"tint"` // a ground for what is chosen
}

// Change says that the colour that was chosen cannot be used as it is.
type Change struct {
	Mode Mode
	Use  Use
	From string
	To   string
}

// Colours are what a colour is used as.
type Colours struct {
	Light, Dark Scheme
	Changes     []Change
}

// theme is what the colours of one theme stand on and beside: those of sallyport.css.
type theme struct {
	mode    Mode
	grounds []rgb // that text and controls stand on
	texts   []rgb // that stand on the tint
	tint    oklch // that of the product: its lightness and the most chroma
	towards float64
}

var themes = []theme{
	{Light, all("#f6f7f9", "#ffffff", "#f1f3f6", "#f1f3f7"), all("#171d2b", "#586174", "#14683d", "#874706", "#b3261e"), known("#eef0fd").oklch(), 0},
	{Dark, all("#0d1017", "#151a23", "#1b212c", "#10141c", "#202735"), all("#e7eaf0", "#9ea8ba", "#63d297", "#f0b35c", "#ff9a92"), known("#1f2547").oklch(), 1},
}

var white, black = known("#ffffff"), known("#0d1017")

func all(colours ...string) (out []rgb) {
	for _, c := range colours {
		out = append(out, known(c))
	}
	return out
}

// Parse returns a colour as it is stored, #rrggbb in small letters, and whether s is one.
func Parse(s string) (string, bool) {
	c, ok := parse(s)
	return c.String(), ok
}

// Of returns what a colour, #rrggbb, is used as; the zero value for what is none.
func Of(accent string) Colours {
	chosen, ok := parse(accent)
	if !ok {
		return Colours{}
	}
	var out Colours
	for _, t := range themes {
		s := t.scheme(chosen)
		*cmp.Or(map[Mode]*Scheme{Light: &out.Light}[t.mode], &out.Dark) = s
		for _, used := range []struct {
			use Use
			as  string
		}{{Button, s.Button}, {Text, s.Text}, {Control, s.Control}} {
			if used.as != chosen.String() {
				out.Changes = append(out.Changes, Change{t.mode, used.use, chosen.String(), used.as})
			}
		}
	}
	return out
}

func (t theme) scheme(chosen rgb) Scheme {
	text := moved(chosen, t.towards, func(c rgb) bool { return least(c, t.grounds) >= TextContrast })
	control := moved(chosen, t.towards, func(c rgb) bool { return least(c, t.grounds) >= ControlContrast })
	tint := t.tinted(chosen, func(c rgb) bool {
		return contrast(c, text) >= TextContrast && contrast(c, control) >= ControlContrast && least(c, t.texts) >= TextContrast
	})
	button, on := buttonOf(chosen)
	return Scheme{
		Button: button.String(), OnThem: on.String(), Hover: hoverOf(button, on).String(),
		Text: text.String(), Control: control.String(), Tint: tint.String(),
	}
}

// moved returns the colour nearest to c, on the way to black (0) or white (1), that will do.
func moved(c rgb, towards float64, does func(rgb) bool) rgb {
	if does(c) {
		return c
	}
	from := c.oklch()
	low, high := 0.0, 1.0 // of the way; what is at high does
	for range 12 {
		half := (low + high) / 2
		if does(from.at(half, towards)) {
			high = half
		} else {
			low = half
		}
	}
	return from.at(high, towards)
}

// at is a colour that has gone a part of the way to a lightness.
func (o oklch) at(part, towards float64) rgb {
	o.l += part * (towards - o.l)
	return o.rgb()
}

// buttonOf returns the ground of a button and the text on it: white, or black where that is
// read better. Between the two lie some colours that neither is read on; those are made darker.
func buttonOf(c rgb) (button, on rgb) {
	if contrast(c, black) >= TextContrast && contrast(c, white) < TextContrast {
		return c, black
	}
	return moved(c, 0, func(c rgb) bool { return contrast(c, white) >= TextContrast }), white
}

// hoverOf returns the ground of a button under the pointer. It goes away from the text, or, at the
// end of the way, a little to it.
func hoverOf(button, on rgb) rgb {
	const step, end = 0.06, 0.12
	o := button.oklch()
	switch {
	case on == white && o.l > end:
		o.l -= step
	case on == white:
		o.l += end
	case o.l < 1-step:
		o.l += step
	default:
		o.l -= step
	}
	return o.rgb()
}

// tinted returns a ground of the hue of c that everything is read on.
func (t theme) tinted(c rgb, does func(rgb) bool) rgb {
	o := c.oklch()
	o.l, o.c = t.tint.l, min(o.c, t.tint.c)
	return moved(o.rgb(), 1-t.towards, does)
}

// Sheet returns the style sheet that gives a page the colours.
func (c Colours) Sheet() string {
	pair := func(light, dark string) string { return fmt.Sprintf("light-dark(%s, %s)", light, dark) }
	l, d := c.Light, c.Dark
	return fmt.Sprintf(`html:root {
  --sp-accent: %[1]s;
  --sp-accent-hover: %[1]s;
  --sp-accent-text: %[2]s;
  --sp-accent-tint: %[3]s;
  --sp-glow: %[3]s;
  --sp-focus: %[1]s;
  --tblr-primary: %[4]s;
  --tblr-primary-darken: %[5]s;
  --tblr-primary-fg: %[6]s;
}
.btn-primary { --tblr-btn-border-color: var(--sp-accent); --tblr-btn-hover-border-color: var(--sp-accent); --tblr-btn-active-border-color: var(--sp-accent); }
.sp-policy-switch input:checked::before { background: var(--sp-surface); }
`, pair(l.Control, d.Control), pair(l.Text, d.Text), pair(l.Tint, d.Tint), pair(l.Button, d.Button), pair(l.Hover, d.Hover), pair(l.OnThem, d.OnThem))
}
