package notify

import (
	"slices"

	"github.com/sallyport/sallyport/internal/store"
)

// Topic is what people choose about: kinds of messages that belong together for them.
type Topic string

// Topics. Those of nothing are kinds that somebody waits for, or that go to somebody else's address.
const (
	NoTopic      Topic = ""
	SignIns      Topic = "sign_ins"
	Locks        Topic = "locks"
	Proofs       Topic = "proofs"
	DeviceAlerts Topic = "devices"
	AccountNews  Topic = "account"
	Programs     Topic = "programs"
	Reminders    Topic = "reminders"
	OrgAlerts    Topic = "organisation_alerts"
	OrgHouseWork Topic = "organisation_reminders"
	LockScreen   Topic = "lock_screen"
)

// Way is a channel that people choose.
type Way string

// Ways.
const (
	ByMail Way = "email"
	ByPush Way = "push"
	InApp  Way = "in_app"
	ByText Way = "text"
)

// Ways lists them in the order of the page.
var Ways = []Way{ByMail, ByPush, InApp, ByText}

// Default is whether people are told by a way, where they chose nothing. "" where nothing of a topic
// goes that way.
type Default string

// Defaults.
const (
	Always Default = "always" // and nobody can switch it off
	On     Default = "on"
	Off    Default = "off"
)

// TopicRow says where people are told of a topic.
type TopicRow struct {
	Topic  Topic
	Means  string // for operators and docs/rules.md
	Mail   Default
	Push   Default
	InApp  Default
	Text   Default
	Admins bool   // only those who look after the organisation are told
	Page   string // where something can be done about it
}

// Pages of topics.
const (
	securityPage  = "/profile/security"
	dashboardPage = "/foundation/security"
)

// Topics is THE table of topics. "notifications.topic." and the name are the words of a topic.
var Topics = []TopicRow{
	{SignIns, "Sign-ins on new devices, and those that were refused as unusual.", Always, On, On, Off, false, securityPage + "#sessions"},
	{Proofs, "Changes of the password and of second factors.", Always, On, On, Off, false, securityPage},
	{Locks, "Wrong passwords and codes that locked something, and locks that were lifted.", Always, On, On, Off, false, securityPage + "/activity"},
	{DeviceAlerts, "Devices and sessions that look stolen, or were ended by an admin.", Always, On, On, Off, false, securityPage + "/devices"},
	{AccountNews, "Changes of the account itself: address, phone, role, data, deletion.", Always, On, On, "", false, "/profile/general"},
	{Programs, "API keys that were made, replaced or revoked.", Always, On, On, "", false, securityPage + "/api-keys"},
	{Reminders, "Reminders: a second factor to set up, a device that will be removed.", On, Off, On, "", false, securityPage},
	{OrgAlerts, "Devices of the organisation that look stolen, and chats and webhooks that are no longer told what happens.", Always, On, On, "", true, dashboardPage},
	{OrgHouseWork, "The review of the security checklist that is due.", On, Off, On, "", true, dashboardPage},
	{LockScreen, "Nothing by itself: push messages show the device and the place, on the lock screen too.", "", Off, "", "", false, ""},
}

// TopicOf returns the row of a topic, and whether there is one.
func TopicOf(t Topic) (TopicRow, bool) {
	i := slices.IndexFunc(Topics, func(r TopicRow) bool { return r.Topic == t })
	if i < 0 {
		return TopicRow{}, false
	}
	return Topics[i], true
}

// TopicFor returns the topic of a kind; NoTopic for none.
func TopicFor(k Kind) Topic { return known[k].Topic }

// PageOf returns the path of the page where something can be done about what a message of a topic tells:
// of a session where it is about one.
func PageOf(t Topic, sessionID string) string {
	if t == SignIns && sessionID != "" {
		return securityPage + "/sessions/" + sessionID
	}
	row, _ := TopicOf(t)
	return row.Page
}

// By returns the default of a way.
func (r TopicRow) By(w Way) Default {
	switch w {
	case ByMail:
		return r.Mail
	case ByPush:
		return r.Push
	case InApp:
		return r.InApp
	case ByText:
		return r.Text
	}
	return ""
}

// Wishes are what somebody chose.
type Wishes map[Topic]map[Way]bool

// WishesOf reads what is stored.
func WishesOf(rows []store.NotificationChoice) Wishes {
	w := Wishes{}
	for _, r := range rows {
		if w[Topic(r.Topic)] == nil {
			w[Topic(r.Topic)] = map[Way]bool{}
		}
		w[Topic(r.Topic)][Way(r.Channel)] = r.Wanted
	}
	return w
}

// Want reports whether somebody who chose so is told of a topic by a way.
func (w Wishes) Want(t Topic, by Way) bool {
	row, _ := TopicOf(t)
	switch wanted, chosen := w[t][by]; row.By(by) {
	case "":
		return false
	case Always:
		return true
	case On:
		return wanted || !chosen
	default:
		return wanted
	}
}
