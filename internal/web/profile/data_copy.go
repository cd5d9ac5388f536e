package profile

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// copyAsk returns what asks before a copy in a format is downloaded. There somebody comes back to who
// had to prove more first.
func (p *Pages) copyAsk(path, title string) func(*kit.Visit) (*kit.ConfirmView, error) {
	return func(v *kit.Visit) (*kit.ConfirmView, error) {
		if err := p.MayAct(v, exportData.StepUp); err != nil {
			return nil, err
		}
		return viewCopyAsk(v.Speaker, path, title), nil
	}
}

func viewCopyAsk(s kit.Speaker, path, title string) *kit.ConfirmView {
	return &kit.ConfirmView{
		Path: path, Back: dataPath, Title: s.T(title), Lines: []string{s.T("ownData.askText"), s.T("ownData.copyNote")}, Act: s.T("ownData.askAct"), Calm: true,
	}
}

// copySend returns what sends a copy in a format as a file. Nothing in it runs where it is opened: the
// browser is told that it is a document of nowhere.
func (p *Pages) copySend(f owndata.Format) kit.Handler {
	return func(v *kit.Visit) error {
		c, err := p.OwnData.Begin(v.R.Context(), p.Actor(v), owndata.Wanted{Format: f, Words: v.Printer, Zone: v.Zone})
		if err != nil {
			return err
		}
		h := v.W.Header()
		h.Set("Content-Security-Policy", request.Inert+"; style-src 'unsafe-inline'; img-src data:")
		h.Set("X-Content-Type-Options", "nosniff")
		if err := c.Write(v.R.Context(), request.Download(v.W, c.Name(), c.Type())); err != nil {
			p.Log.WarnContext(v.R.Context(), "a copy of somebody's data was not finished", "error", err)
			panic(http.ErrAbortHandler) // the browser sees that it is not whole
		}
		return nil
	}
}
