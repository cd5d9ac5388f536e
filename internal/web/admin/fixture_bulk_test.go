package admin

import (
	"fmt"
	"net/http/httptest"

	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func bulkFixtures() []kittest.Fixture {
	asked := func(name, query string, count int64) kittest.Fixture {
		return inAdmin("bulk-"+name, "act_confirm", bulkPath, func(s kit.Speaker) any {
			r := registerOf(sessionsPath, "", list.Sessions, reader())
			return askBulk(s, choose(httptest.NewRequest("GET", bulkPath+query, nil)), bulk.Preview{Count: count, Sample: everySession()[:min(count, 5)]}, r.names)
		})
	}
	job := func(name string, j bulk.Job, left ...session.Left) kittest.Fixture {
		j.ID, j.StartedAt = "j1", kittest.Now
		page := list.Page[bulk.Result]{}
		for i, why := range left {
			page.Rows = append(page.Rows, bulk.Result{SessionID: fmt.Sprintf("019ab3c0-0000-7000-8000-%012d", i), Email: people()[i].Email, Reason: why})
		}
		if len(left) > 5 {
			page.Next = "x"
		}
		f := inAdmin("bulk-"+name, "bulk_show", jobsPath+"/j1", func(s kit.Speaker) any { return viewBulk(s, j, page) })
		plain := f.Page
		f.Page = func(s kit.Speaker) kit.Page {
			p := plain(s)
			p.Jobs = []kit.Progress{viewProgress(s, j)}
			return p
		}
		return f
	}
	return []kittest.Fixture{
		asked("ask", "?action=revoke&all=yes&status=active", 4210),
		asked("ask-one", "?action=extend&id=s1", 1),
		asked("ask-none", "?action=resume&id=s1", 0),
		job("running", bulk.Job{Action: session.Revoke, Status: bulk.Running, Total: 4210, Done: 1188, Skipped: 12}),
		job("finished", bulk.Job{Action: session.Suspend, Status: bulk.Finished, Total: 4210, Done: 4204, Skipped: 6},
			session.LeftUnknown, session.LeftStronger, session.LeftOwn, session.LeftInUse, session.LeftEnded, session.LeftUnchanged),
		job("finished-whole", bulk.Job{Action: session.Extend, Status: bulk.Finished, Total: 1, Done: 1}),
		job("stopped", bulk.Job{Action: session.Terminate, Status: bulk.Stopped, Reason: bulk.ReasonPermission, Total: 90, Done: 30}),
		job("cancelled", bulk.Job{Action: session.Resume, Status: bulk.Cancelled, Total: 90, Done: 30, Failed: 1}, "internal"),
	}
}
