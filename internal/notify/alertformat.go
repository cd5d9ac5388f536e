package notify

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Formats of messages to a chat or a tool.
const (
	AlertSlack = "slack"
	AlertTeams = "teams"
	AlertNtfy  = "ntfy"
	AlertJSON  = "json"
)

// alertFormat is how one service takes messages: where, and what it is given. Bodies are structs that
// encoding/json writes, so that no name can leave its place.
type alertFormat struct {
	name  string
	where func(address string) (string, error) // nil for the address itself
	body  func(m alertMessage, address string) any
}

// alertFormats is THE table of formats.
var alertFormats = []alertFormat{
	{AlertSlack, nil, slackBody},
	{AlertTeams, nil, teamsBody},
	{AlertNtfy, ntfyServer, ntfyBody},
	{AlertJSON, nil, jsonBody},
}

// AlertFormats lists the formats in the order of the page.
var AlertFormats = func() (names []string) {
	for _, f := range alertFormats {
		names = append(names, f.name)
	}
	return names
}()

// write returns the address that a message goes to, and the body of the request.
func (m alertMessage) write(format, address string) (to string, body []byte, err error) {
	i := slices.IndexFunc(alertFormats, func(f alertFormat) bool { return f.name == format })
	if i < 0 {
		return "", nil, &Failure{Permanent: true, Why: "this version has no format " + format}
	}
	f := alertFormats[i]
	if to = address; f.where != nil {
		if to, err = f.where(address); err != nil {
			return "", nil, &Failure{Permanent: true, Why: err.Error()}
		}
	}
	body, err = json.Marshal(f.body(m, address))
	return to, body, err
}

// lines is the text of a message: one fact a line.
func (m alertMessage) lines() string {
	lines := make([]string, len(m.Facts))
	for i, f := range m.Facts {
		lines[i] = f.Label + ": " + f.Value
	}
	return strings.Join(lines, "\n")
}

// slackText is a text object of Block Kit.
type slackText struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji,omitempty"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackMessage struct {
	Text        string       `json:"text"` // for notifications, and where blocks are not shown
	Markdown    bool         `json:"mrkdwn"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
	Blocks      []slackBlock `json:"blocks"`
}

// slackEscape keeps text from being a mention, a link or a date: all of them begin with <.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackBody is a message for an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
// What people chose stands in plain_text, which has no formatting, and is escaped besides
// (docs.slack.dev/messaging/formatting-message-text). Only the link, which is ours, is mrkdwn.
func slackBody(m alertMessage, _ string) any {
	off := false
	plainText := func(s string) slackText {
		return slackText{Type: "plain_text", Text: slackEscape.Replace(s), Emoji: &off}
	}
	return slackMessage{
		Text: slackEscape.Replace(m.Title + "\n" + m.lines()),
		Blocks: []slackBlock{
			{"header", plainText(m.Title)},
			{"section", plainText(m.lines())},
			{"section", slackText{Type: "mrkdwn", Text: "<" + slackEscape.Replace(m.Link) + "|" + slackEscape.Replace(m.Open) + ">", Verbatim: true}},
		},
	}
}

// teamsRun is a TextRun of an Adaptive Card: unlike a TextBlock it has no Markdown.
type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Size   string `json:"size,omitempty"`
}

type teamsLine struct {
	Type    string     `json:"type"`
	Inlines []teamsRun `json:"inlines"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

type teamsCard struct {
	Schema  string        `json:"$schema"`
	Type    string        `json:"type"`
	Version string        `json:"version"`
	Body    []teamsLine   `json:"body"`
	Actions []teamsAction `json:"actions"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	ContentURL  *string   `json:"contentUrl"`
	Content     teamsCard `json:"content"`
}

type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

// teamsBody is a message for "When a Teams webhook request is received" of Workflows: an Adaptive Card in an
// attachment (learn.microsoft.com/connectors/teams, adaptivecards.io/explorer). Connectors of Microsoft 365,
// which took MessageCards, are retired. A message may have 28 KB. Mentions need entities, which it has none of.
func teamsBody(m alertMessage, _ string) any {
	body := []teamsLine{{"RichTextBlock", []teamsRun{{Type: "TextRun", Text: m.Title, Weight: "Bolder", Size: "Medium"}}}}
	for _, f := range m.Facts {
		body = append(body, teamsLine{"RichTextBlock", []teamsRun{{Type: "TextRun", Text: f.Label + ": ", Weight: "Bolder"}, {Type: "TextRun", Text: f.Value}}})
	}
	return teamsMessage{"message", []teamsAttachment{{"application/vnd.microsoft.card.adaptive", nil, teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4", Body: body,
		Actions: []teamsAction{{"Action.OpenUrl", m.Open, m.Link}},
	}}}}
}

// ntfyMessage is a message as JSON (docs.ntfy.sh/publish/#publish-as-json). It is text, and no Markdown
// unless it asks for that. Headers could carry the same, but not every name.
type ntfyMessage struct {
	Topic    string   `json:"topic"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`
	Priority int      `json:"priority"`
	Tags     []string `json:"tags"`
	Click    string   `json:"click"`
}

// ntfyTopic matches the names of topics.
var ntfyTopic = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

// NtfyTopic returns the topic that an address ends with; "" when it ends with none.
func NtfyTopic(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	topic := u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	if !ntfyTopic.MatchString(topic) {
		return ""
	}
	return topic
}

// ntfyServer returns where JSON is published: the address without its topic.
func ntfyServer(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || NtfyTopic(address) == "" {
		return "", fmt.Errorf("the address does not end with a topic")
	}
	u.Path, u.RawPath = u.Path[:strings.LastIndexByte(u.Path, '/')+1], ""
	return u.String(), nil
}

func ntfyBody(m alertMessage, address string) any {
	n := ntfyMessage{NtfyTopic(address), m.Title, m.lines(), 3, []string{"bell"}, m.Link}
	if m.Urgent {
		n.Priority, n.Tags = 5, []string{"rotating_light"}
	}
	return n
}

// alertJSON is a message for other programs. Fields may be added to it.
type alertJSON struct {
	ID           string     `json:"id"` // the same when it is sent again
	Kind         string     `json:"kind"`
	Topic        AlertTopic `json:"topic,omitempty"`
	Urgent       bool       `json:"urgent"`
	Title        string     `json:"title"`
	Text         string     `json:"text"`
	Link         string     `json:"link"`
	At           string     `json:"at"` // RFC 3339
	Tenant       string     `json:"tenant"`
	Organisation string     `json:"organisation"`
	Count        int        `json:"count"` // of how many it tells
}

func jsonBody(m alertMessage, _ string) any {
	return alertJSON{m.ID, m.Kind, m.Topic, m.Urgent, m.Title, m.lines(), m.Link, m.At.UTC().Format(time.RFC3339), m.TenantID, m.Organisation, m.Count}
}
