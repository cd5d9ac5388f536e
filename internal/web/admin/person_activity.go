package admin

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// activityListed is how many events one page shows.
const activityListed = 50

// personActivityView is Settings > Team > somebody > Activity.
type personActivityView struct {
	personHead
	Filters kit.FilterBar
	Days    []personDay
	Empty   kit.EmptyView
	Pages   kit.PagesView
}

// personDay is one day of the feed, as the reader's calendar has it.
type personDay struct {
	Title  string
	Events []kit.EventRow
}

// personActivity shows what happened on somebody's account.
func (p *Pages) personActivity(v *kit.Visit) error {
	id := v.R.PathValue("id")
	l := kit.Listed(v.R, personPath(id, "activity"), list.OwnEvents, activityListed)
	events, err := p.Audit.Of(v.R.Context(), p.Actor(v), id, l.Query)
	if err != nil {
		return err
	}
	found, err := p.person(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "person_activity", found.Name(), viewPersonActivity(v.Speaker, found, l, events))
}

func viewPersonActivity(s kit.Speaker, of person, l kit.List, found list.Page[sallyport.Event]) *personActivityView {
	v := &personActivityView{
		personHead: viewPersonHead(s, of, personPath(of.ID, "activity")), Filters: l.FilterBar(s, "show"), Pages: l.Pages(found.Next),
		Empty: kit.EmptyView{Icon: "history", Title: s.T("activity.emptyTitle"), Text: s.T("person.noActivity")},
	}
	if all := v.Filters.Clear; all != nil {
		v.Empty = kit.EmptyView{Icon: "filter", Title: s.T("activity.noneTitle"), Text: s.T("activity.noneText"), Action: all}
	}
	for _, e := range found.Rows {
		v.Days = addToDay(s, v.Days, e.CreatedAt, kit.ViewEvent(s, e))
	}
	return v
}

// addToDay adds what happened at a time, which is none later than the last.
func addToDay(s kit.Speaker, days []personDay, at time.Time, row kit.EventRow) []personDay {
	title := s.Day(s.Now, at, s.Zone)
	if n := len(days); n == 0 || days[n-1].Title != title {
		days = append(days, personDay{Title: title})
	}
	last := &days[len(days)-1]
	last.Events = append(last.Events, row)
	return days
}
