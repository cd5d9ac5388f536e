package bulk

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
)

// MostIDs is how many sessions one call can name.
const MostIDs = 1000

// Selection is which sessions: those with these ids or, without any, all that a query of
// list.Sessions finds, on all its pages and in any order.
type Selection struct {
	IDs    []string
	Filter list.Query
}

// selection is what is stored of it. A filter has every bound that it needs.
type selection struct {
	IDs    []string   `json:"ids,omitempty"`
	Filter url.Values `json:"filter,omitempty"` // nil for ids
}

// narrow returns the selection as it is stored. Of what a filter finds it leaves out sessions that
// began after now, and those with a status that the action does not change.
func (w Selection) narrow(row session.ActionRow, now time.Time) (selection, error) {
	if w.Filter.Table == nil {
		return w.named()
	}
	if len(w.IDs) > 0 {
		return selection{}, refuse("ids", "invalid")
	}
	values := w.Filter.Filters()
	var statuses []string
	for _, status := range row.From {
		if given := values["status"]; len(given) == 0 || slices.Contains(given, string(status)) {
			statuses = append(statuses, string(status))
		}
	}
	if len(statuses) == 0 {
		return selection{}, nil
	}
	values["status"] = statuses
	until := now.Add(time.Microsecond) // times are exact to it
	for _, c := range w.Filter.Conditions() {
		if c.Field.Name == "to" && c.Time.Before(until) {
			return selection{Filter: values}, nil
		}
	}
	values.Set("to", until.UTC().Format(time.RFC3339Nano))
	return selection{Filter: values}, nil
}

// named returns the ids, each once.
func (w Selection) named() (selection, error) {
	if len(w.IDs) == 0 {
		return selection{}, refuse("ids", "required")
	}
	if len(w.IDs) > MostIDs {
		return selection{}, sallyport.Invalid(sallyport.FieldError{Field: "ids", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(MostIDs)}})
	}
	const longest = 64 // longer than any id, in bytes
	for _, id := range w.IDs {
		if id == "" || len(id) > longest || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return selection{}, refuse("ids", "invalid")
		}
	}
	return selection{IDs: slices.Compact(slices.Sorted(slices.Values(w.IDs)))}, nil
}

// query returns the query of a filter, with pages of this size.
func (s selection) query(size int) (list.Query, error) {
	q, err := list.Sessions.Parse(s.Filter)
	q.Limit = size
	return q, err
}

func refuse(field, code string) error {
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: code})
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
