package admin

import (
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// channels are channels of alerts in every state.
func channels() []alert.Channel {
	ago := func(d time.Duration) time.Time { return kittest.Now.Add(-d) }
	few := []notify.AlertTopic{notify.AlertStolen, notify.AlertDanger}
	all := []alert.Channel{
		{Name: "#security", Format: notify.AlertSlack, Host: "hooks.slack.com", Hint: "kX3q", Topics: notify.AlertTopics, TakenAt: ago(5 * time.Minute), TriedAt: ago(5 * time.Minute), Last: notify.AlertResult{Outcome: notify.AlertTaken, Status: 200}},
		{
			Name: "Bereitschaft der Binnenschifffahrtsverwaltung für sicherheitsrelevante Vorkommnisse", Format: notify.AlertTeams, Host: "prod-17.westeurope.logic.azure.com", Hint: "9aBc",
			Topics: few, Named: true, TakenAt: ago(50 * time.Hour), TriedAt: ago(time.Minute), Failed: 4, FailingAt: ago(3 * time.Hour),
			Last: notify.AlertResult{Outcome: "gone", Status: 404, Said: "{\"error\":{\"code\":\"WorkflowNotFound\",\"message\":\"The workflow could not be found.\"}}"},
		},
		{Name: "روبوت الليل", Format: notify.AlertNtfy, Host: "ntfy.sh", Topics: few[:1], OffAt: ago(2 * time.Hour), TriedAt: ago(3 * time.Hour), Failed: 9, FailingAt: ago(80 * time.Hour), Last: notify.AlertResult{Outcome: "late"}},
		{Name: "Pager", Format: notify.AlertJSON, Host: "pager.northwind.example", Hint: "v1/x", Topics: notify.AlertTopics[2:6]},
	}
	for i := range all {
		all[i].ID, all[i].CreatedAt = fmt.Sprintf("ch%d", i), ago(90*time.Hour)
	}
	for _, outcome := range notify.AlertOutcomes[2:] {
		all = append(all, alert.Channel{
			ID: "ch-" + outcome, Name: outcome, Format: notify.AlertSlack, Host: "hooks.slack.com", Hint: "kX3q", Topics: few, TriedAt: ago(time.Minute), Failed: 1,
			Last: notify.AlertResult{Outcome: outcome, Status: 503, Said: "<!channel> <script>alert(1)</script>"},
		})
	}
	return all
}

func alertFixtures() []kittest.Fixture {
	list := func(name string, permissions []string, found ...alert.Channel) kittest.Fixture {
		return inAdmin("alerts-"+name, "alert_list", alertsPath, func(s kit.Speaker) any { return viewAlerts(s, reader(permissions...), found) })
	}
	return []kittest.Fixture{
		list("some", nil, channels()[:4]...),
		list("full", nil, channels()...),
		list("view", []string{"webhooks.view"}, channels()[:4]...),
		list("none", nil),
		list("view-none", []string{"webhooks.view"}),
		inAdmin("alert-new", "act_form", alertsPath, func(s kit.Speaker) any { return viewAlertForm(s, nil) }),
		inAdmin("alert-change", "act_form", alertsPath, func(s kit.Speaker) any { return viewAlertForm(s, &channels()[1]) }),
		inAdmin("alert-remove", "act_confirm", alertsPath, func(s kit.Speaker) any { return askRemoveAlert(s, channels()[1]) }),
	}
}
