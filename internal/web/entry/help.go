package entry

import (
	"html/template"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/docs/guide"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// helpView is a page of the user guide, with the way to the others. They are in a language that
// the guide is written in, which may be another one than that of the shell. The first page is a
// list of the others itself.
type helpView struct {
	Lang, Dir string
	Text      template.HTML
	Pages     []kit.Tab
}

// viewHelp returns the view of a page and its title, nil for a page that there is not.
func viewHelp(s kit.Speaker, name string) (*helpView, string) {
	in := kit.Guide(s.Lang())
	page, ok := in.Pages[name]
	if !ok {
		return nil, ""
	}
	v := &helpView{Lang: in.Lang, Dir: message.For(in.Lang).Dir(), Text: page.Text}
	if name == guide.Index {
		return v, page.Title
	}
	for _, to := range append([]string{guide.Index}, in.Pages[guide.Index].Links...) {
		one := in.Pages[to]
		v.Pages = append(v.Pages, kit.Tab{Title: one.Title, Path: one.Path(), Current: to == name})
	}
	return v, page.Title
}

// help shows the first page of the user guide.
func (p *Pages) help(v *kit.Visit) error { return p.helpShow(v, guide.Index) }

// helpPage shows another one.
func (p *Pages) helpPage(v *kit.Visit) error {
	name := v.R.PathValue("page")
	if name == guide.Index {
		return sallyport.ErrNotFound
	}
	return p.helpShow(v, name)
}

// helpShow shows a page in the language of whoever is signed in, as their other pages are.
func (p *Pages) helpShow(v *kit.Visit, name string) error {
	if _, checked, err := p.Read.Check(v.R); err == nil {
		v.Printer = message.For(checked.User.Language, v.Lang())
	}
	view, title := viewHelp(v.Speaker, name)
	if view == nil {
		return sallyport.ErrNotFound
	}
	return p.Show(v, http.StatusOK, "help_show", title, view)
}
