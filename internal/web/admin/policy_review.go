package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	previewsPath = compliancePath + "/previews"

	namesShown = 8   // of the people of one effect
	peoplePage = 100 // on one page
)

// review is a change of a policy before it is saved: what it would have done, and what others saved meanwhile.
type review struct {
	preview.Preview
	subject
	mine   map[string]change // what the reader changes, by field
	theirs map[string]change // what others changed since the reader read the policy
	whose  []tenant.Version  // by whom, the newest first
	people map[preview.Effect][]preview.Person
	names  bool // whether the reader may know who they are
	again  *kit.Again
}

// change is the text of a field before and after.
type change struct{ old, new string }

// changesBetween returns the fields in which two versions of a policy differ.
func (s subject) changesBetween(old, new policy.Values) map[string]change {
	out := map[string]change{}
	before, after := s.saved(old), s.saved(new)
	for name := range after {
		if before[name] != after[name] {
			out[name] = change{before[name], after[name]}
		}
	}
	return out
}

// review reads the preview in the address, and what became of the policy since.
func (p *Pages) review(v *kit.Visit) (review, error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	found, err := p.Previews.Get(ctx, actor, v.R.PathValue("id"))
	if err != nil {
		return review{}, err
	}
	r := review{Preview: found, mine: map[string]change{}, names: has(actor, access.UsersView)}
	if r.subject, err = p.subjectOf(ctx, actor, found.Edit.GroupID); err != nil {
		return r, err
	}
	for _, c := range found.Changes {
		r.mine[c.Field] = change{c.Old, c.New}
	}
	if found.Edit.Version == r.version {
		return r, nil
	}
	base, err := p.Tenants.Version(ctx, actor, found.Edit.GroupID, found.Edit.Version)
	if err != nil {
		return r, err
	}
	r.theirs = r.changesBetween(base, r.values)
	versions, _, err := p.Tenants.Versions(ctx, actor, found.Edit.GroupID, 0)
	for _, one := range versions {
		if one.Number > found.Edit.Version {
			r.whose = append(r.whose, one)
		}
	}
	return r, err
}

// subjectOf is decidedFor by the id of a group; "" for the organisation.
func (p *Pages) subjectOf(ctx context.Context, actor sallyport.Actor, groupID string) (subject, error) {
	org, err := p.Tenants.Read(ctx, actor)
	if err != nil {
		return subject{}, err
	}
	if groupID == "" {
		return subject{path: compliancePath, version: org.Version, updated: org.UpdatedAt, org: org.Policy, values: policy.ValuesOf(org.Policy)}, nil
	}
	g, err := p.Tenants.ReadGroup(ctx, actor, groupID)
	return subject{g.Group, compliancePath + "/groups/" + groupID, g.Version, g.UpdatedAt, org.Policy, g.Values}, err
}

// conflicts are the fields that the reader and others changed, to different values. A preset or an older version
// replaces everything, and conflicts with nothing.
func (r review) conflicts() (names []string) {
	if r.Edit.Preset != "" || r.Edit.Restore != nil {
		return nil
	}
	for _, f := range policy.Fields {
		mine, both := r.mine[f.Name]
		if theirs, changed := r.theirs[f.Name]; both && changed && mine.new != theirs.new {
			names = append(names, f.Name)
		}
	}
	return names
}

// policyReview shows what a change would have done, before it is saved.
func (p *Pages) policyReview(v *kit.Visit) error {
	r, err := p.review(v)
	if err != nil {
		return err
	}
	r.again = p.SentBack(v)
	r.people = map[preview.Effect][]preview.Person{}
	for _, c := range r.Counts {
		if !r.names {
			break
		}
		if r.people[c.Effect], err = p.Previews.People(v.R.Context(), p.Actor(v), r.ID, preview.Which{Effect: c.Effect, Limit: namesShown}); err != nil {
			return err
		}
	}
	view := r.view(v.Speaker)
	return p.Show(v, r.again.Status(v), "policy_review", view.Title, view)
}

// policySave saves a change that was reviewed, on top of the version that its page showed.
func (p *Pages) policySave(v *kit.Visit) error {
	r, err := p.review(v)
	if err != nil {
		return err
	}
	page := previewsPath + "/" + r.ID
	e := r.Edit
	e.Reason = v.Value("reason")
	if e.Version, err = strconv.ParseInt(v.Value("version"), 10, 64); err != nil {
		e.Version = r.version
	}
	for _, name := range r.conflicts() {
		if v.Value("keep."+name) == "theirs" {
			delete(e.Fields, name)
		}
	}
	typed := strings.EqualFold(strings.TrimSpace(v.Value("word")), dangerWords(v.Speaker))
	_, err = p.Previews.Save(v.R.Context(), p.Actor(v), e, typed)
	var refused *sallyport.Error
	errors.As(err, &refused)
	switch {
	case err == nil:
		return done(v, r.path, "flash.admin.policySaved", 0)
	case refused != nil && refused.Obstacle == sallyport.WouldLockOut:
		return p.SendBack(v, page, sallyport.Invalid(sallyport.FieldError{Field: "word", Code: "wrong_word"}))
	case refused != nil && refused.Obstacle == sallyport.ChangedMeanwhile:
		return p.SendBackNote(v, page, "changed")
	case refused != nil && slices.Contains(notEnough, refused.Obstacle):
		return p.SendBackNote(v, page, string(refused.Obstacle))
	case kit.AsInvalid(err) != nil:
		return p.SendBack(v, page, err)
	}
	return err
}

// notEnough are the reasons why single sign-on cannot be required.
var notEnough = []sallyport.Obstacle{sallyport.NoProvider, sallyport.NoBreakGlass}

// reviewView is the page of a change before it is saved.
type reviewView struct {
	Title, Lead  string
	Crumb        kit.Anchor
	Path         string
	Version      int64
	Changes      []changeRow
	Meanwhile    []meanwhileRow // what others saved since the reader read the policy
	Progress     *kit.Progress  // nil for a preview that is over
	Failed       bool
	Since        string
	People       string // how many were looked at
	Effects      []effectRow
	Quiet        bool // it would have affected nobody
	Unknown      []string
	Dangers      []string
	Word         *kit.Field // to be typed where it locks somebody out; nil otherwise
	Reason       kit.Field
	Act          string
	Back         kit.Anchor // to the form with the same changes in it
	Discard      kit.Anchor
	Notice       *kit.Notice
	ErrorSummary *kit.ErrorSummary
}

// changeRow is a field that changes.
type changeRow struct {
	Field, Label, Old, New string
	Theirs                 string // what somebody else changed it to meanwhile; "" for no conflict
	TheirsBy               string
}

// meanwhileRow is a version that somebody saved meanwhile.
type meanwhileRow struct{ Text, Changes string }

// effectRow is an effect with some of the people whom it has.
type effectRow struct {
	Icon, Tone string
	Text       string
	Names      []kit.Anchor
	More       *kit.Anchor
}

// effectLooks are the icon and the tone of each effect.
var effectLooks = map[preview.Effect][2]string{
	preview.Locked: {"lock", "bad"}, preview.Refused: {"ban", "bad"}, preview.Enrols: {"key", "warn"}, preview.Asked: {"shield-check", "info"},
	preview.Ended: {"logout", "warn"}, preview.Reminded: {"mail", "info"}, preview.RefusedNoMore: {"login", "plain"}, preview.AskedNoMore: {"shield-x", "warn"},
	preview.EndedLater: {"hourglass", "plain"}, preview.RemindedNoMore: {"clock", "plain"},
}

func (r review) view(s kit.Speaker) *reviewView {
	v := &reviewView{
		Title: s.N("policyReview.heading", len(r.Changes)), Lead: s.T("policyReview.lead"), Crumb: kit.Anchor{Text: s.T("policy.heading"), Path: r.path},
		Path: previewsPath + "/" + r.ID, Version: r.version, Failed: r.Status == preview.Failed, Since: s.T("policyReview.since", "When", s.Exact(r.Since, s.Zone)),
		People: s.N("policyReview.people", int(r.Done)), Act: s.N("policyReview.save", len(r.Changes)),
		Back: kit.Anchor{Text: s.T("policyReview.change"), Path: r.path}, Discard: kit.Anchor{Text: s.T("policyReview.discard"), Path: r.path},
		Notice: r.again.Notice(s),
	}
	if r.ofGroup() {
		v.Crumb.Text = s.T("policy.groupHeading", "Group", r.group.Name)
	}
	if len(r.Edit.Fields) > 0 {
		v.Back.Path = r.address(r.Edit.Fields)
	}
	r.changes(s, v)
	if r.Status == preview.Running {
		v.Progress = &kit.Progress{Path: v.Path, Title: s.T("policyReview.working"), Text: s.T("policyReview.progress", "Done", s.Number(int(r.Done)), "All", s.Number(int(r.Total))), Done: r.Done, All: r.Total, Running: true}
	}
	for _, c := range r.Counts {
		v.Effects = append(v.Effects, r.effect(s, c))
	}
	v.Quiet = len(v.Effects) == 0 && r.Status == preview.Finished
	for _, u := range r.Unknown {
		if u.Why == preview.Before {
			v.Unknown = append(v.Unknown, s.N("policyReview.why.before", int(u.Count)))
			continue
		}
		v.Unknown = append(v.Unknown, s.T("policyReview.unknown", "Field", s.PolicyName(u.Field), "Why", s.T("policyReview.why."+string(u.Why))))
	}
	r.ask(s, v)
	return v
}

// changes shows what changes, and what others changed meanwhile.
func (r review) changes(s kit.Speaker, v *reviewView) {
	conflicts := r.conflicts()
	for _, c := range r.Changes {
		row := changeRow{Field: c.Field, Label: s.PolicyName(c.Field), Old: s.PolicyText(c.Field, c.Old), New: s.PolicyText(c.Field, c.New)}
		if slices.Contains(conflicts, c.Field) {
			row.Theirs, row.TheirsBy = s.PolicyText(c.Field, r.theirs[c.Field].new), r.changedBy(s, c.Field)
		}
		v.Changes = append(v.Changes, row)
	}
	for _, one := range r.whose {
		var parts []string
		for _, c := range one.Changes {
			parts = append(parts, s.T("policyReview.fromTo", "Field", s.PolicyName(c.Field), "Old", s.PolicyText(c.Field, c.Old), "New", s.PolicyText(c.Field, c.New)))
		}
		v.Meanwhile = append(v.Meanwhile, meanwhileRow{s.T("policyReview.meanwhile", "Who", savedBy(s, one), "When", s.Exact(one.At, s.Zone)), strings.Join(parts, " · ")})
	}
}

// changedBy names who changed a field meanwhile.
func (r review) changedBy(s kit.Speaker, field string) string {
	for _, one := range r.whose {
		if slices.ContainsFunc(one.Changes, func(c policy.Change) bool { return c.Field == field }) {
			return savedBy(s, one)
		}
	}
	return s.T("policy.bySomebody")
}

// effect shows whom an effect has.
func (r review) effect(s kit.Speaker, c preview.Count) effectRow {
	look := effectLooks[c.Effect]
	row := effectRow{Icon: look[0], Tone: look[1], Text: s.N("policyReview.effect."+string(c.Effect), int(c.People))}
	for _, who := range r.people[c.Effect] {
		row.Names = append(row.Names, nameAnchor(s, who.User))
	}
	if more := int(c.People) - len(row.Names); more > 0 && r.names {
		row.More = &kit.Anchor{Text: s.N("policyReview.more", more), Path: effectAnchor(r.ID, c.Effect)}
	}
	return row
}

// nameAnchor leads to somebody's page.
func nameAnchor(s kit.Speaker, u sallyport.User) kit.Anchor {
	if u.Email == "" {
		return kit.Anchor{Text: s.T("policyReview.gone")}
	}
	return kit.Anchor{Text: u.Name(), Path: personPath(u.ID)}
}

// ask adds what is asked before it is saved.
func (r review) ask(s kit.Speaker, v *reviewView) {
	v.Reason = kit.TextField("reason", s.T("policyReview.reason"), r.again.Value("reason"), "off")
	v.Reason.MaxLength, v.Reason.Optional, v.Reason.Hint = line.MaxLength, true, s.T("policyReview.reasonHint")
	fields := []*kit.Field{&v.Reason}
	for _, d := range r.Dangers {
		if d.Self {
			v.Dangers = append(v.Dangers, s.T("policyReview.dangerYou."+string(d.Effect)))
		} else {
			v.Dangers = append(v.Dangers, s.T("policyReview.dangerOwner."+string(d.Effect), "Name", d.Name))
		}
	}
	if len(v.Dangers) > 0 {
		word := kit.TextField("word", s.T("policyReview.word", "Word", dangerWords(s)), "", "off")
		word.Plain, v.Word = true, &word
		fields = append(fields, v.Word)
	}
	switch {
	case r.again.Noted("changed"):
		v.Notice = &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: s.T("policyReview.changedTitle"), Text: s.T("policyReview.changedText")}
	case r.again != nil && slices.Contains(notEnough, sallyport.Obstacle(r.again.Note)):
		v.ErrorSummary = &kit.ErrorSummary{
			Title: s.T("sso.cannotRequire"), Text: s.T("sso.blocked." + r.again.Note), Act: &kit.Anchor{Text: s.T("sso.heading"), Path: ssoPath},
		}
	case r.again.Refused() != nil:
		v.ErrorSummary = kit.Problems(s.Printer, inWords(s, r.again.Err), fields...)
	}
}

// peopleView lists the people of one effect of a change.
type peopleView struct {
	Title string
	Crumb kit.Anchor
	Lead  string
	Rows  []personAffected
	Next  *kit.Anchor
}

// personAffected is somebody whom a change would have affected.
type personAffected struct {
	Name  kit.Anchor
	Times string
	Last  kit.Moment
}

// policyPeople lists the people of one effect.
func (p *Pages) policyPeople(v *kit.Visit) error {
	ctx, actor, id := v.R.Context(), p.Actor(v), v.R.PathValue("id")
	found, err := p.Previews.Get(ctx, actor, id)
	if err != nil {
		return err
	}
	effect := preview.Effect(v.R.URL.Query().Get("effect"))
	i := slices.IndexFunc(found.Counts, func(c preview.Count) bool { return c.Effect == effect })
	if i < 0 {
		return sallyport.ErrNotFound
	}
	people, err := p.Previews.People(ctx, actor, id, preview.Which{Effect: effect, After: v.R.URL.Query().Get("after"), Limit: peoplePage})
	if err != nil {
		return err
	}
	view := viewPeople(v.Speaker, found, found.Counts[i], people)
	return p.Show(v, http.StatusOK, "policy_people", view.Title, view)
}

func viewPeople(s kit.Speaker, found preview.Preview, c preview.Count, people []preview.Person) *peopleView {
	v := &peopleView{
		Title: s.N("policyReview.effect."+string(c.Effect), int(c.People)),
		Crumb: kit.Anchor{Text: s.N("policyReview.heading", len(found.Changes)), Path: previewsPath + "/" + found.ID},
		Lead:  s.T("policyReview.since", "When", s.Exact(found.Since, s.Zone)),
	}
	for _, who := range people {
		v.Rows = append(v.Rows, personAffected{nameAnchor(s, who.User), s.N("policyReview.times", int(who.Times)), s.Moment("policyReview.last", who.Last)})
	}
	if len(people) == peoplePage {
		path := effectAnchor(found.ID, c.Effect) + "&after=" + people[peoplePage-1].User.ID
		v.Next = &kit.Anchor{Text: s.T("policyReview.nextPage"), Path: path}
	}
	return v
}
