package notify

import "slices"

// Topic is what people choose about: kinds of mails that belong together for them.
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
)

// Way is a channel that people choose.
type Way string

// Ways.
const (
	ByMail Way = "email"
	InApp  Way = "in_app"
)

// Ways lists them in the order of the page.
var Ways = []Way{ByMail, InApp}

// Default is whether people are told by a way, where they chose nothing.
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
	InApp  Default
	Admins bool // only those who look after the organisation are told
}

// Topics is THE table of topics. "notices.topic." and the name are the words of a topic.
var Topics = []TopicRow{
	{SignIns, "Sign-ins on new devices, and those that were refused as unusual.", Always, On, false},
	{Proofs, "Changes of the password and of second factors.", Always, On, false},
	{Locks, "Wrong passwords and codes that locked something, and locks that were lifted.", Always, On, false},
	{DeviceAlerts, "Devices and sessions that look stolen, or were ended by an admin.", Always, On, false},
	{AccountNews, "Changes of the account itself: address, phone, role, data, deletion.", Always, On, false},
	{Programs, "API keys that were made, replaced or revoked.", Always, On, false},
	{Reminders, "Reminders: a second factor to set up, a device that will be removed.", On, On, false},
	{OrgAlerts, "Devices of the organisation that look stolen, and chats that are no longer told what happens.", Always, On, true},
	{OrgHouseWork, "The review of the security checklist that is due.", On, On, true},
}

// TopicOf returns the row of a topic, and whether there is one.
func TopicOf(t Topic) (TopicRow, bool) {
	i := slices.IndexFunc(Topics, func(r TopicRow) bool { return r.Topic == t })
	if i < 0 {
		return TopicRow{}, false
	}
	return Topics[i], true
}

// By returns the default of a way.
func (r TopicRow) By(w Way) Default {
	switch w {
	case ByMail:
		return r.Mail
	case InApp:
		return r.InApp
	}
	return ""
}

// Wants reports whether somebody is told by a way, with what they chose: nothing, or yes or no.
func (r TopicRow) Wants(w Way, chosen map[Way]bool) bool {
	switch yes, said := chosen[w]; {
	case r.By(w) == Always:
		return true
	case said:
		return yes
	}
	return r.By(w) == On
}
