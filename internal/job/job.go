// Package job runs the recurring work of a node: writing last activities, expiring
// sessions, removing what is old.
package job

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// Job is recurring work. Several nodes may run it at once.
type Job struct {
	Name  string
	Every time.Duration
	Wake  <-chan struct{} // a value runs the job at once; nil for none
	Run   func(context.Context) error
}

// All returns the jobs of a node.
func All(db *store.Store, u uses.All) []Job {
	return []Job{
		{Name: "sequence", Every: time.Second, Wake: u.Sequencer.Woken(), Run: u.Sequencer.Run},
		{Name: "activity", Every: 15 * time.Second, Run: u.Sessions.Flush},
		{Name: "signing-keys", Every: time.Hour, Run: u.OAuth.Tend},
		{Name: "alert-channels", Every: time.Hour, Run: u.Alerts.Tend},
		{Name: "webhooks", Every: 5 * time.Second, Wake: u.Webhooks.Woken(), Run: u.Webhooks.Work},
		{Name: "key-uses", Every: 15 * time.Second, Run: u.APIKeys.Flush},
		{Name: "answer-requests", Every: 10 * time.Second, Wake: u.Accounts.Asked(), Run: u.Accounts.AnswerRequests},
		{Name: "forget-mail", Every: time.Hour, Run: func(ctx context.Context) error { return notify.Forget(ctx, db, u.Acts.Now()) }},
		{Name: "expire-sessions", Every: 30 * time.Second, Run: func(ctx context.Context) error {
			_, err := u.Sessions.Expire(ctx)
			return err
		}},
		{Name: "bulk", Every: 5 * time.Second, Wake: u.Bulk.Begun(), Run: u.Bulk.Work},
		{Name: "previews", Every: 5 * time.Second, Wake: u.Previews.Begun(), Run: u.Previews.Work},
		{Name: "tend-devices", Every: time.Hour, Run: u.Devices.Tend},
		{Name: "count-factors", Every: time.Hour, Run: u.Factors.CountDays},
		{Name: "digests", Every: time.Hour, Run: u.Dashboard.SendDigests},
		{Name: "remind-review", Every: time.Hour, Run: u.Dashboard.RemindReview},
		{Name: "forget-expired", Every: 5 * time.Minute, Run: u.Retention.Forget},
		{Name: "retention", Every: time.Hour, Run: u.Retention.Apply},
		{Name: "delete-accounts", Every: 5 * time.Minute, Run: u.OwnData.Work},
	}
}

// soon is when a job runs first at the latest: one that runs once an hour would otherwise never run
// on a node that is restarted more often.
const soon = time.Minute

// Run runs jobs until ctx ends, each at its interval. An error is logged, and the job
// runs again at the next interval.
func Run(ctx context.Context, log *slog.Logger, jobs []Job) {
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Go(func() {
			tick := time.NewTicker(min(j.Every, soon))
			defer tick.Stop()
			for first := true; ; {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					if first {
						tick.Reset(j.Every)
						first = false
					}
				case <-j.Wake:
				}
				if ctx.Err() != nil {
					return // ctx ended too: select chooses at random between ready cases
				}
				if err := j.Run(ctx); err != nil && ctx.Err() == nil {
					log.Error("job failed", "job", j.Name, "error", err)
				}
			}
		})
	}
	wg.Wait()
}
