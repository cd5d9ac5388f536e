package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
	"github.com/sallyport/sallyport/internal/webhook"
)

// hooks are webhooks in every state.
func hooks() []webhook.Webhook {
	ago := func(d time.Duration) time.Time { return kittest.Now.Add(-d) }
	taken := webhook.Answer{Outcome: notify.AlertTaken, Status: 200, Took: 84 * time.Millisecond}
	all := []webhook.Webhook{
		{Name: "Payroll", Host: "hooks.northwind.example", Hint: "kX3q", Kinds: webhook.GroupNames(), Position: 48211, TakenAt: ago(5 * time.Minute), TriedAt: ago(5 * time.Minute), Last: taken, RotatedAt: ago(time.Hour), FormerUntil: ago(-23 * time.Hour)},
		{
			Name: "Zutrittskontrolle der Binnenschifffahrtsverwaltung an allen Schleusen und Hebewerken", Host: "zutritt.binnenschifffahrtsverwaltung.example:8443", Hint: "ksaw",
			Kinds: []string{"devices", "auth.signed_in", "user.disabled"}, Position: 40017, TakenAt: ago(7 * time.Hour), TriedAt: ago(time.Minute), Failed: 7, FailingAt: ago(3 * time.Hour), DueAt: ago(-time.Hour),
			Last: webhook.Answer{Outcome: "late", Took: 10 * time.Second},
		},
		{Name: "بوابة الرواتب", Host: "payroll.example", Kinds: []string{"account"}, Position: 512, TriedAt: ago(3 * time.Hour), Failed: 21, FailingAt: ago(75 * time.Hour), OffAt: ago(2 * time.Hour), Last: webhook.Answer{Outcome: "gone", Status: 410}},
		{Name: "Badge printer", Host: "badges.northwind.example", Hint: "v1/x", Kinds: []string{"sessions", "devices"}, Position: 48211},
	}
	for i := range all {
		all[i].ID, all[i].CreatedAt = fmt.Sprintf("wh%d", i), ago(90*24*time.Hour)
	}
	return all
}

// sentTo are tries in every state.
func sentTo() (all []webhook.Delivery) {
	for i, outcome := range notify.AlertOutcomes {
		d := webhook.Delivery{
			Number: int64(40 - i), EventID: fmt.Sprintf("019c0a7e3b%02d", i), Kind: "auth.signed_in", Position: int64(48210 - i), Cause: webhook.FromLog, TriedAt: kittest.Now.Add(-time.Duration(i*i) * time.Minute),
			Answer: webhook.Answer{Outcome: outcome, Status: []int{200, 404, 401, 422, 308, 429, 503, 0, 0, 0}[i], Said: "<script>alert(1)</script>\n{\"error\":\"no\"}", Took: 1284 * time.Millisecond},
		}
		switch i {
		case 1:
			d.Cause = webhook.Resent
		case 2:
			d.Cause, d.Kind, d.Position = webhook.ForTest, webhook.TestType, -1
		}
		all = append(all, d)
	}
	return all
}

func webhookFixtures() []kittest.Fixture {
	many := func(name string, permissions []string, found ...webhook.Webhook) kittest.Fixture {
		return inAdmin("webhooks-"+name, "webhook_list", webhooksPath, func(s kit.Speaker) any { return viewWebhooks(s, reader(permissions...), found) })
	}
	one := func(name string, permissions []string, change func(*webhookFacts)) kittest.Fixture {
		return inAdmin("webhook-"+name, "webhook_show", webhooksPath, func(s kit.Speaker) any {
			f := webhookFacts{Webhook: hooks()[0], size: 48211, found: list.Page[webhook.Delivery]{Rows: sentTo(), Next: "next"}}
			f.list = kit.Listed(&http.Request{URL: new(url.URL)}, webhookPath(f.ID), list.WebhookDeliveries, deliveriesShown)
			change(&f)
			return viewWebhook(s, reader(permissions...), f)
		})
	}
	body := `{"type":"auth.signed_in","timestamp":"2026-11-21T12:58:00Z","data":{"position":48210,"id":"019c0a7e3b00","kind":"auth.signed_in","actorType":"user","data":{"client":"web"}}}`
	show := func(body string) func(*webhookFacts) {
		return func(f *webhookFacts) {
			f.sent, f.asked = &f.found.Rows[1], webhook.Request{Header: http.Header{"Webhook-Id": {"019c0a7e3b00"}, "Webhook-Timestamp": {"1795266180"}}, Body: body}
		}
	}
	view := []string{"webhooks.view"}
	full := append(hooks(), hooks()...)
	return []kittest.Fixture{
		many("some", nil, hooks()...),
		many("full", nil, append(full, hooks()[:2]...)...),
		many("view", view, hooks()...),
		many("none", nil),
		many("view-none", view),
		one("show", nil, func(*webhookFacts) {}),
		one("sent", nil, show(body)),
		one("sent-gone", nil, show("")),
		one("view", view, func(f *webhookFacts) { f.Webhook = hooks()[1] }),
		one("off", nil, func(f *webhookFacts) { f.Webhook = hooks()[2] }),
		one("failing", nil, func(f *webhookFacts) { f.Webhook = hooks()[1] }),
		one("fresh", nil, func(f *webhookFacts) { f.Webhook, f.found = hooks()[3], list.Page[webhook.Delivery]{} }),
		inAdmin("webhook-new", "act_form", webhooksPath, func(s kit.Speaker) any { return viewWebhookForm(s, nil) }),
		inAdmin("webhook-change", "act_form", webhooksPath, func(s kit.Speaker) any { return viewWebhookForm(s, &hooks()[1]) }),
		inAdmin("webhook-rotate", "act_form", webhooksPath, func(s kit.Speaker) any { return viewRotateWebhook(s, hooks()[1]) }),
		inAdmin("webhook-replay", "act_form", webhooksPath, func(s kit.Speaker) any { return viewReplay(s, hooks()[1], 48211) }),
		inAdmin("webhook-remove", "act_confirm", webhooksPath, func(s kit.Speaker) any { return askRemoveWebhook(s, hooks()[1]) }),
		inAdmin("webhook-secret", "key_secret", webhooksPath, func(s kit.Speaker) any {
			return viewWebhookSecret(s, webhook.Made{Webhook: hooks()[0], Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="})
		}),
	}
}
