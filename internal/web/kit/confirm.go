package kit

import (
	"github.com/sallyport/sallyport/internal/act"
)

// Confirm is an act that is asked about before it is done. Both are at one address: the page
// asks, and its button does. There somebody comes back to who had to prove more first.
type Confirm struct {
	Path string // of both, as a pattern
	Need act.Need
	// Ask returns the question. It is nil where Ask has answered itself, as with nothing
	// to ask about.
	Ask func(v *Visit) (*ConfirmView, error)
	Do  Handler
}

// Confirm returns the routes of an act that is asked about first.
func (p *Shell) Confirm(c Confirm) []Route {
	ask := func(v *Visit) error {
		view, err := c.Ask(v)
		if view == nil || err != nil {
			return err
		}
		return p.showConfirm(v, view)
	}
	return []Route{
		{Pattern: "GET " + c.Path, Guard: SignedIn, Need: c.Need, Do: ask},
		{Pattern: "POST " + c.Path, Guard: SignedIn, Need: c.Need, Do: c.Do},
	}
}

// ConfirmView asks before an act: in a dialog where scripts run, and on a page of its own
// where they do not. The link goes to the page, and both say the same.
type ConfirmView struct {
	ID    string // of the dialog, unique on a page; "" where there is only the page
	Path  string // of the page that asks, and of the act itself
	Back  string
	Icon  string // of the link in a menu
	Text  string // of the link
	Label string // of the link for screen readers, when the text is not enough
	Class string // of the link
	Title string
	Lines []string // what will happen to whom
	// Sample are some of those whom it will happen to, where they are many, and Rest is how many
	// more there are.
	Sample []string
	Rest   string
	Act    string // of the button: names the act

	Calm         bool   // an act that harms nothing
	Again        *Again // what was refused
	Notice       *Notice
	ErrorSummary *ErrorSummary
	Other        *Anchor // another way
	Instead      *Anchor // where to go first; there is no button then
}

// ProveFirst makes a dialog say that more has to be proven before the act, and lead to its
// page, which asks for that: behind the button of the act everything would be asked again.
func (c *ConfirmView) ProveFirst(s Speaker) *ConfirmView {
	c.Lines = append(c.Lines, s.T("confirm.proveFirst"))
	c.Instead = &Anchor{Text: s.T("password.proveAct"), Path: c.Path}
	return c
}

// showConfirm shows the page that asks.
func (p *Shell) showConfirm(v *Visit, view *ConfirmView) error {
	return p.Show(v, view.Again.Status(v), "act_confirm", view.Title, view)
}
