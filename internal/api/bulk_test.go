package api

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport"
)

// A client looks first, begins a job with the count, and follows it.
func TestBulkCalls(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		here := place{a.owner.TenantID, ""}
		boss := a.person(here, sallyport.RoleOwner, fresh)
		for range 3 {
			a.person(here, sallyport.RoleMember, fresh) // with two sessions each
		}
		filter := map[string]any{"deviceType": []string{"unknown"}, "from": "2020-01-01", "userId": boss.user.ID}
		preview := boss.client.do(http.MethodPost, prefix+"/sessions/bulk/preview", object("action", "revoke", "filter", filter))
		if n := dig(into[map[string]any](preview), "count"); preview.status != http.StatusOK || n != 2.0 {
			t.Fatalf("of one person: %d %s", preview.status, preview.body)
		}
		start := func(count int) answer {
			return boss.client.do(http.MethodPost, prefix+"/sessions/bulk", object("action", "revoke", "filter", map[string]any{"deviceType": []string{"unknown"}}, "expectedCount", count))
		}
		differs := into[problem](start(7))
		if differs.Status != http.StatusConflict || differs.Code != sallyport.CodeCountDiffers || differs.Count == nil || *differs.Count != 8 {
			t.Fatalf("with another count: %+v", differs)
		}
		begun := start(8)
		if begun.status != http.StatusAccepted {
			t.Fatalf("%d %s", begun.status, begun.body)
		}
		must(0, a.deps.Bulk.Work(t.Context()))(t)
		job := into[bulkJob](boss.client.get("/sessions/bulk/" + into[bulkJob](begun).ID))
		if job.Status != "finished" || job.Done != 7 || job.Skipped != 1 || job.Total != 8 {
			t.Errorf("%+v", job)
		}
		left := into[page[bulkResult]](boss.client.get("/sessions/bulk/" + job.ID + "/results?limit=1"))
		if len(left.Items) != 1 || left.Items[0].Reason != "own_session" || left.Items[0].UserID != boss.user.ID || left.NextCursor != nil {
			t.Errorf("%+v", left)
		}
		if all := into[struct{ Items []bulkJob }](boss.client.get("/sessions/bulk")); len(all.Items) != 2 { // and the one that every person of the tests has
			t.Errorf("%+v", all)
		}
		for body, want := range map[string]string{
			object("action", "revoke", "filter", map[string]any{"ip": "nowhere"}, "expectedCount", 1):         "filter.ip",
			object("action", "revoke", "filter", map[string]any{"status": []string{"x"}}, "expectedCount", 1): "", // of lists, the place is not told
			object("action", "delete", "ids", []string{"x"}, "expectedCount", 1):                              "action",
			object("action", "revoke", "expectedCount", 1):                                                    "ids",
		} {
			p := into[problem](boss.client.do(http.MethodPost, prefix+"/sessions/bulk", body))
			if p.Status != http.StatusUnprocessableEntity || len(p.Errors) == 0 || p.Errors[0].Field != want {
				t.Errorf("%s: %+v, want %s", body, p, want)
			}
		}
	})
}
