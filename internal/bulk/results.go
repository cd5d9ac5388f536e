package bulk

import (
	"context"
	"encoding/csv"
	"io"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// Result is a session that a job left as it was.
type Result struct {
	SessionID string
	UserID    string       // "" for a session that nobody has, and for who may not see whose sessions there are
	Email     string       // of the user; "" when they are gone
	Reason    session.Left // or "internal" for one that could not be changed
}

// Results returns a page of list.BulkResults: what a job left as it was. It needs
// sessions.terminate, and sessions.view to say whose it is; ErrNotFound as for Get.
func (s *Service) Results(ctx context.Context, actor sallyport.Actor, id string, q list.Query) (list.Page[Result], error) {
	j, err := s.find(ctx, s.acts.Queries, actor, id)
	if err != nil {
		return list.Page[Result]{}, err
	}
	found, err := s.acts.ListBulkResults(ctx, actor.TenantID, j.ID, q)
	named := session.NeedView.ToLook(actor) == nil
	return list.Map(found, func(r store.BulkResult) Result {
		if !named {
			r.UserID, r.Email = "", ""
		}
		return Result{SessionID: r.SessionID, UserID: r.UserID, Email: r.Email, Reason: session.Left(r.Reason)}
	}), err
}

// WriteCSV writes all results of a job as lines of sessionId, userId, email and reason. Errors are
// those of Results and of w.
func (s *Service) WriteCSV(ctx context.Context, actor sallyport.Actor, id string, w io.Writer) error {
	q := list.BulkResults.First()
	q.Limit = list.BulkResults.Most
	if _, err := s.find(ctx, s.acts.Queries, actor, id); err != nil {
		return err // before anything is written
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"sessionId", "userId", "email", "reason"}) // Error tells of it
	for r, err := range list.All(q, func(q list.Query) (list.Page[Result], error) { return s.Results(ctx, actor, id, q) }) {
		if err != nil {
			return err
		}
		_ = out.Write([]string{line.Cell(r.SessionID), line.Cell(r.UserID), line.Cell(r.Email), string(r.Reason)})
	}
	out.Flush()
	return out.Error()
}
