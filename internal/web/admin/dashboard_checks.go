package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// checklistView is the checklist of best practices.
type checklistView struct {
	Checks   []checkView
	Done     string
	Reviewed string // when admins last went through it, and who
	Due      string
	Act      *kit.ConfirmView
}

// checkView is one item of it.
type checkView struct {
	Done        bool
	Title, Text string
	Link        kit.Anchor // where it is dealt with; empty for who may not
}

// checkPlaces are where items are dealt with, and what it takes to get there; the others are fields of
// the policy.
var checkPlaces = map[string]struct {
	path       string
	permission access.Permission
}{
	"fewOwners":         {teamPath + "?role=owner", access.UsersView},
	"adminsHaveFactors": {teamPath + "?role=owner&role=admin&secondFactor=none", access.UsersView},
	"strongFactors":     {mfaPath, access.MFAView},
	"answerFlags":       {needLooks[dashboard.Flagged].path, access.DevicesView},
	"review":            {},
}

func viewChecklist(s kit.Speaker, c dashboard.Checklist, reader sallyport.Actor) checklistView {
	v := checklistView{Done: s.T("dashboard.checksDone", "Done", s.Number(c.Done()), "All", s.Number(len(c.Checks)))}
	for _, check := range c.Checks {
		place, known := checkPlaces[check.Name]
		if !known {
			place.path, place.permission = compliancePath, access.PoliciesView
		}
		item := checkView{Done: check.Done, Title: s.T("checklist." + check.Name), Text: s.T("checklist." + check.Name + "Text")}
		if place.path != "" && !check.Done && has(reader, place.permission) {
			item.Link = kit.Anchor{Text: s.T("dashboard.check"), Path: place.path}
		}
		v.Checks = append(v.Checks, item)
	}
	v.Due = s.T("dashboard.reviewDue", "Time", s.Date(c.Due, s.Zone))
	switch {
	case c.ReviewedAt.IsZero():
		v.Reviewed = s.T("dashboard.reviewNever")
	case c.ReviewedBy.ID != "" && has(reader, access.UsersView):
		v.Reviewed = s.T("dashboard.reviewedBy", "Time", s.Date(c.ReviewedAt, s.Zone), "Name", c.ReviewedBy.Name())
	default:
		v.Reviewed = s.T("dashboard.reviewed", "Time", s.Date(c.ReviewedAt, s.Zone))
	}
	v.Act = askReview(s)
	return v
}

func askReview(s kit.Speaker) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "review", Path: reviewPath, Back: dashboardPath, Icon: "circle-check", Calm: true, Text: s.T("dashboard.reviewAct"),
		Title: s.T("dashboard.reviewTitle"), Lines: []string{s.T("dashboard.reviewText")}, Act: s.T("dashboard.reviewButton"),
	}
}

func (p *Pages) checkedAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	return askReview(v.Speaker), p.may(v, dashboard.NeedReview)
}

func (p *Pages) checked(v *kit.Visit) error {
	if err := p.Dashboard.Review(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	return done(v, dashboardPath, "flash.dashboard.reviewed", 0)
}
