package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// activityView is Profile > Security > Activity.
type activityView struct {
	Tabs    []kit.Tab
	Filters kit.FilterBar
	Days    []activityDay
	Empty   kit.EmptyView
	Pages   kit.PagesView
}

// activityDay is one day of the feed, as the reader's calendar has it.
type activityDay struct {
	Title  string
	Events []activityRow
}

// activityRow is one event, or a sign-in.
type activityRow struct {
	kit.EventRow
	SignIn *signInRow // nil for other events
}

func viewActivity(s kit.Speaker, l kit.List, found list.Page[sallyport.Event], all signIns) *activityView {
	v := &activityView{
		Tabs:    securityTabs(s.Printer, activityPath),
		Filters: l.FilterBar(s, "show"),
		Empty:   kit.EmptyView{Icon: "history", Title: s.T("activity.emptyTitle"), Text: s.T("activity.emptyText")},
		Pages:   l.Pages(found.Next),
	}
	if all := v.Filters.Clear; all != nil {
		v.Empty = kit.EmptyView{Icon: "filter", Title: s.T("activity.noneTitle"), Text: s.T("activity.noneText"), Action: all}
	}
	for _, e := range found.Rows {
		title := s.Day(s.Now, e.CreatedAt, s.Zone)
		if n := len(v.Days); n == 0 || v.Days[n-1].Title != title {
			v.Days = append(v.Days, activityDay{Title: title})
		}
		last := &v.Days[len(v.Days)-1]
		last.Events = append(last.Events, activityRow{kit.ViewEvent(s, e), viewSignIn(s, e, all)})
	}
	return v
}
