package admin

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// proven is an event with its place in the log, and what proves it.
type proven struct {
	audit.Placed
	record *proof.Record // nil while no checkpoint covers it
	size   int64         // of the log that the checkpoint covers
}

// logShow shows an event in the drawer beside the list.
func (p *Pages) logShow(v *kit.Visit) error {
	one, err := p.provenEvent(v)
	if err != nil {
		return err
	}
	l, err := p.readLog(v, one.Event.UserID, one.Event.ActorID)
	if err != nil {
		return err
	}
	l.open = &one
	return p.Show(v, http.StatusOK, "log_list", v.LogSentence(one.Event, l.involved()).Text(), l.view(v.Speaker))
}

// provenEvent reads the event that the address names.
func (p *Pages) provenEvent(v *kit.Visit) (one proven, err error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	placed, record, err := p.Audit.Proof(ctx, actor, v.R.PathValue("id"))
	if one.Placed = placed; placed.Event.ID != "" && errors.Is(err, sallyport.ErrNotFound) {
		return one, nil // it waits
	}
	if err != nil {
		return one, err
	}
	one.record = &record
	_, one.size, err = p.Audit.Checkpoint(ctx, actor)
	return one, err
}

// logProof serves the file that proves one event.
func (p *Pages) logProof(v *kit.Visit) error {
	one, err := p.provenEvent(v)
	if err != nil {
		return err
	}
	if one.record == nil {
		return sallyport.ErrNotFound
	}
	text, err := audit.NewEventProof(one.Placed, *one.record).Text()
	if err != nil {
		return err
	}
	_, err = request.Download(v.W, fmt.Sprintf("event-%d.json", one.Position), "application/json").Write(text)
	return err
}

func (l events) drawer(s kit.Speaker) *kit.Drawer {
	e := l.open.Event
	row := kit.ViewEvent(s, e)
	d := &kit.Drawer{
		Close: l.list.Row(e.ID), Icon: row.Icon, Title: s.LogSentence(e, kit.Involved{People: l.names}).Text(), What: s.Ago(s.Now, e.CreatedAt),
		Parts: []kit.DrawerPart{
			{ID: "event", Title: s.T("logPage.facts"), Facts: l.facts(s)},
			{ID: "proof", Title: s.T("logPage.proof"), Facts: l.proof(s)},
		},
		Raw: l.raw(s), Links: l.related(s), Lacks: lacks(s, l.reader, access.UsersView),
	}
	return d
}

func (l events) facts(s kit.Speaker) []kit.Fact {
	e := l.open.Event
	row := kit.ViewEvent(s, e)
	facts := []kit.Fact{{Label: s.T("attemptList.when"), Text: s.Exact(e.CreatedAt, s.Zone), Wide: true}}
	if details := s.LogDetails(e); len(details) > 0 {
		facts = append(facts, kit.Fact{Label: s.T("logPage.details"), Text: strings.Join(details, " · "), Wide: true})
	}
	for _, who := range []struct{ label, id string }{{"logPage.actor", e.ActorID}, {"logPage.whose", e.UserID}} {
		if u, ok := l.names[who.id]; ok {
			fact := kit.Fact{Label: s.T(who.label), Text: u.Name(), Note: u.Email}
			if has(l.reader, access.UsersView) {
				fact.Text, fact.Link = "", &kit.Anchor{Text: u.Name(), Path: personPath(u.ID)}
			}
			facts = append(facts, fact)
		}
	}
	if row.Device != "" {
		facts = append(facts, kit.Fact{Label: s.T("list.device"), Text: row.Device})
	}
	if row.Place != nil {
		facts = append(facts, kit.Fact{Label: s.T("drawer.place"), Place: row.Place})
	}
	if row.IP != "" {
		facts = append(facts, kit.Fact{Label: s.T("list.ip"), Text: row.IP})
	}
	return facts
}

// proof says where the event stands in the log, and what proves that.
func (l events) proof(s kit.Speaker) []kit.Fact {
	one := l.open
	if one.record == nil {
		return []kit.Fact{{Label: s.T("logPage.place"), Text: s.T("logPage.waits"), Wide: true}}
	}
	return []kit.Fact{
		{Label: s.T("logPage.place"), Text: s.T("logPage.placeOf", "Number", s.Number(int(one.Position+1)), "Size", s.Number(int(one.size))), Wide: true},
		{Label: s.T("logPage.evidence"), Link: &kit.Anchor{Text: s.T("logPage.download"), Path: logPath + "/" + one.Event.ID + "/proof"}},
		{Label: s.T("logPage.explained"), Link: &kit.Anchor{Text: s.T("logPage.whatItProves"), Path: provingPath}},
	}
}

// raw is the event as the machine has it.
func (l events) raw(s kit.Speaker) []kit.RawText {
	one := l.open
	out := []kit.RawText{{Title: s.T("logPage.leaf"), Text: one.Leaf}}
	switch {
	case one.Personal != "":
		out = append(out, kit.RawText{Title: s.T("logPage.personal"), Text: one.Personal})
	case one.Event.Forgotten:
		out = append(out, kit.RawText{Title: s.T("logPage.personal"), Text: s.T("event.forgotten")})
	}
	if one.record != nil {
		out = append(out, kit.RawText{Title: s.T("logPage.record"), Text: one.record.Text()})
	}
	return out
}

// related leads to what the event belongs to.
func (l events) related(s kit.Speaker) (out []kit.Anchor) {
	e := l.open.Event
	add := func(may bool, text, path string) {
		if may {
			out = append(out, kit.Anchor{Text: text, Path: path})
		}
	}
	if u, ok := l.names[e.UserID]; ok {
		add(true, s.T("logPage.about", "Name", u.Name()), filtered("userId", u.ID))
	}
	if u, ok := l.names[e.ActorID]; ok && e.ActorID != e.UserID {
		add(true, s.T("logPage.by", "Name", u.Name()), filtered("actorId", u.ID))
	}
	add(true, s.T("logPage.kind", "Kind", kindText(s, e.Kind)), filtered("kind", e.Kind))
	add(e.IPAddress != "", s.T("logPage.from", "Address", kit.AddressText(e.IPAddress)), filtered("ip", e.IPAddress))
	add(e.SessionID != "", s.T("logPage.session"), filtered("sessionId", e.SessionID))
	add(e.SessionID != "" && has(l.reader, access.SessionsView), s.T("logPage.theSession"), sessionsPath+"/"+e.SessionID)
	add(aboutDevice(e), s.T("logPage.device"), filtered("deviceId", e.TargetID))
	add(aboutDevice(e) && has(l.reader, access.DevicesView), s.T("drawer.theDevice"), devicesPath+"/"+e.TargetID)
	return out
}

// provingView says what the log proves and what not.
type provingView struct {
	Crumb      kit.Anchor
	Sentences  []string
	Checkpoint string // "" while nothing was signed
	Size       string
	At         string // of the checkpoint's file
	Keys       []provingKey
}

type provingKey struct {
	Verifier string
	Since    kit.Moment
}

// logProving explains what the log proves, with the last checkpoint and the keys.
func (p *Pages) logProving(v *kit.Visit) error {
	ctx, actor := v.R.Context(), p.Actor(v)
	keys, err := p.Audit.Keys(ctx, actor)
	if err != nil {
		return err
	}
	view := provingView{Crumb: kit.Anchor{Text: v.T("logPage.heading"), Path: logPath}, At: logPath + "/checkpoint"}
	view.Sentences = provingSentences(v.Speaker)
	signed, size, err := p.Audit.Checkpoint(ctx, actor)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	if view.Checkpoint = signed; signed != "" {
		view.Size = v.N("logPage.covers", int(size))
	}
	for _, k := range keys {
		view.Keys = append(view.Keys, provingKey{k.Verifier, v.Moment("logPage.keySince", k.AddedAt)})
	}
	return p.Show(v, http.StatusOK, "log_proof", v.T("logPage.provesHeading"), &view)
}

// provingSentences say what the log proves and what not.
func provingSentences(s kit.Speaker) (out []string) {
	for _, id := range []string{"tree", "checkpoint", "elsewhere", "offline", "order", "personal", "notWritten", "notBefore", "notBoth", "rotation"} {
		out = append(out, s.T("logPage.proves."+id))
	}
	return out
}

// logCheckpoint serves the last checkpoint as a file.
func (p *Pages) logCheckpoint(v *kit.Visit) error {
	signed, size, err := p.Audit.Checkpoint(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	_, err = bytes.NewBufferString(signed).WriteTo(request.Download(v.W, fmt.Sprintf("checkpoint-%d.txt", size), "text/plain; charset=utf-8"))
	return err
}
