package notify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
)

// Every kind in every language, as each channel says it. A lock screen names nobody, and neither does a
// text message: names, places and addresses are in the mail, the bell, and where somebody asked for them.
func TestNews(t *testing.T) {
	for _, p := range message.All() {
		var doc, mails strings.Builder
		for _, row := range Kinds {
			c := sample(row.Kind)
			c.Lang = p.Lang()
			l, err := write(c)
			if err != nil {
				t.Fatal(err)
			}
			text, _, err := l.render()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&mails, "==== %s\nSubject: %s\n\n%s\n", row.Kind, l.Subject, text)
			if row.Topic != NoTopic {
				doc.WriteString(news(t, row, c))
			}
		}
		golden(t, "news."+p.Lang()+".txt", doc.String())
		if p.Lang() != "en" {
			golden(t, "mails."+p.Lang()+".txt", mails.String())
		}
	}
}

func news(t *testing.T, row Row, c content) string {
	t.Helper()
	n := News{TenantID: "t", UserID: "u", Kind: row.Kind, Lang: c.Lang, Zone: c.Zone, Data: c.Data}
	title, closed := n.push(false)
	_, open := n.push(true)
	out := fmt.Sprintf("==== %s\npush: %s | %s\n      %s\n", row.Kind, title, closed, open)
	facts, err := FactsOf(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	e := entry(message.For(c.Lang), n.zone(), row.Kind, factsOf(facts))
	out += "bell: " + e.Title + "\n"
	for _, f := range append(e.About, e.From...) {
		out += "      " + f.Label + ": " + f.Value + "\n"
	}
	says := []string{title + closed, out + facts}
	if topic, _ := TopicOf(row.Topic); topic.Text != "" {
		m := Text{TenantID: n.TenantID, To: "+41791234567", Kind: row.Kind, Lang: c.Lang}
		if err := m.checkNews(row, c.Data.Organisation, "https://accounts.example.com/notifications"); err != nil {
			t.Error(err)
		}
		text := m.writeNews(n, "https://accounts.example.com/notifications", 1)
		if parts(text) > 2 {
			t.Errorf("%s in %s takes %d messages: %s", row.Kind, c.Lang, parts(text), text)
		}
		out += "text: " + text + "\n      " + m.writeNews(n, "https://accounts.example.com/notifications", 996) + "\n"
		says[0] += text
	}
	for _, secret := range append(c.Data.links(), "spl_") {
		if strings.Contains(says[0]+says[1], secret) {
			t.Errorf("%s has a link that does something: %s", row.Kind, secret)
		}
	}
	for _, personal := range []string{"Ann", "Berlin", "203.0.113.7", "Chrome", "Bo Lindqvist", "ann@"} {
		if strings.Contains(says[0], personal) {
			t.Errorf("%s tells anybody who sees the telephone: %s", row.Kind, personal)
		}
	}
	return out
}

// Topics that warn cannot be switched off by mail; whoever chose nothing is told as the table says.
func TestWishes(t *testing.T) {
	for _, row := range Topics {
		for _, way := range Ways {
			nothing, yes, no := Wishes{}, Wishes{row.Topic: {way: true}}, Wishes{row.Topic: {way: false}}
			want := map[Default][3]bool{"": {}, Always: {true, true, true}, On: {true, true, false}, Off: {false, true, false}}[row.By(way)]
			if got := [3]bool{nothing.Want(row.Topic, way), yes.Want(row.Topic, way), no.Want(row.Topic, way)}; got != want {
				t.Errorf("%s by %s, %q: %v", row.Topic, way, row.By(way), got)
			}
		}
	}
	for _, k := range Kinds {
		row, known := TopicOf(k.Topic)
		if k.Security && known && row.Mail != Always {
			t.Errorf("%s warns of an attack and its mail can be switched off", k.Kind)
		}
		if k.Topic != NoTopic && (!known || row.Page == "") {
			t.Errorf("%s is of topic %q, which leads nowhere", k.Kind, k.Topic)
		}
	}
	if (Wishes{}).Want("nothing", ByMail) {
		t.Error("somebody is told of a topic that there is not")
	}
}
