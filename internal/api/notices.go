package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/notify"
)

func (e *edge) addNotices() {
	notices := get("listMyNotices", "/me/notices", "What the bell says: what happened on your account in the last ninety days, newest first").
		says("Several things of a kind that happened within minutes are one notice, with the facts of the last. What you did yourself is marked as read.")
	handleList(e, notices.signedIn(), list.OwnNotices, e.listMyNotices)

	handle(e, get("countMyNotices", "/me/unread-notices", "How many of them are unread").says("At most 100 are counted.").signedIn(), e.countMyNotices)

	handle(e, post("readMyNotice", "/me/notices/{id}/read", "Mark a notice as read", http.StatusNotFound).
		says("It is no error when it was read before.").needs(notice.NeedChoose), e.onID(e.Notices.Read))

	handle(e, post("readMyNotices", "/me/read-notices", "Mark notices as read", withBody()...).
		says("Those up to a time, such as lastAt of the newest one that you showed: what came since stays unread.").needs(notice.NeedChoose), e.readMyNotices)

	handle(e, get("listMyNotifications", "/me/notifications", "What you are told of, and where").
		says("For each topic and channel: whether you are told, and whether you can choose.").signedIn(), e.listMyNotifications)

	handle(e, patch("changeMyNotifications", "/me/notifications", "Choose what you are told of, and where", withBody()...).
		says("What is not named stays as it is. 422 for what cannot be switched off, because it warns of an attack.").needs(notice.NeedChoose), e.changeMyNotifications)
}

// noticeRecord is an entry of the bell.
type noticeRecord struct {
	ID        string       `json:"id"`
	Kind      string       `json:"kind" doc:"As docs/rules.md lists them. A later version may have more."`
	Topic     notify.Topic `json:"topic" doc:"What you choose about."`
	Title     string       `json:"title" doc:"In English."`
	Facts     []noticeFact `json:"facts" nullable:"false" doc:"What to judge it by."`
	Times     int          `json:"times" minimum:"1" doc:"How often it happened within minutes."`
	SessionID string       `json:"sessionId,omitempty" doc:"That it is about."`
	DeviceID  string       `json:"deviceId,omitempty" doc:"That it is about."`
	CreatedAt time.Time    `json:"createdAt" doc:"Of the first time."`
	LastAt    time.Time    `json:"lastAt" doc:"Of the last time."`
	ReadAt    time.Time    `json:"readAt,omitzero" doc:"Absent while it is unread."`
}

type noticeFact struct {
	Name  string `json:"name" doc:"In English."`
	Value string `json:"value"`
}

func showNotice(n sallyport.Notice) noticeRecord {
	entry := notify.EntryOf(words, time.UTC, n)
	return noticeRecord{
		ID: n.ID, Kind: n.Kind, Topic: entry.Topic, Title: entry.Title, Facts: each(append(entry.About, entry.From...), func(f notify.Fact) noticeFact { return noticeFact{f.Label, f.Value} }),
		Times: n.Times, SessionID: n.SessionID, DeviceID: n.DeviceID, CreatedAt: n.CreatedAt.UTC(), LastAt: n.LastAt.UTC(), ReadAt: n.ReadAt.UTC(),
	}
}

func (e *edge) listMyNotices(ctx context.Context, q list.Query) (*pageOutput[noticeRecord], error) {
	found, err := e.Notices.List(ctx, e.actor(ctx), q)
	return newPage(found, showNotice), err
}

// unreadCount is how many notices are unread.
type unreadCount struct {
	Unread int `json:"unread" minimum:"0" maximum:"100"`
}

func (e *edge) countMyNotices(ctx context.Context, _ *struct{}) (*struct{ Body unreadCount }, error) {
	n, err := e.Notices.Unread(ctx, e.actor(ctx))
	return &struct{ Body unreadCount }{unreadCount{n}}, err
}

type readInput struct {
	Body struct {
		UpTo time.Time `json:"upTo" doc:"Of the newest one to mark."`
	} `nameHint:"NoticesReadRequest"`
}

func (e *edge) readMyNotices(ctx context.Context, in *readInput) (*struct{}, error) {
	_, err := e.Notices.ReadAll(ctx, e.actor(ctx), in.Body.UpTo)
	return nil, err
}

// topicRecord is what holds for the caller about a topic.
type topicRecord struct {
	Topic    notify.Topic    `json:"topic"`
	Means    string          `json:"means" doc:"What is told, in English."`
	Channels []channelRecord `json:"channels" nullable:"false" doc:"Those that it is told by."`
}

type channelRecord struct {
	Channel notify.Way `json:"channel" enum:"email,push,in_app,text"`
	Wanted  bool       `json:"wanted" doc:"You are told."`
	Fixed   bool       `json:"fixed" doc:"It warns of an attack, so it cannot be switched off."`
}

func showTopic(c notice.Choice) topicRecord {
	t := topicRecord{Topic: c.Topic, Means: c.Means, Channels: []channelRecord{}}
	for _, way := range notify.Ways {
		if by := c.By(way); by != "" {
			t.Channels = append(t.Channels, channelRecord{way, c.Wanted[way], by == notify.Always})
		}
	}
	return t
}

// topicList is what the caller can choose about.
type topicList struct {
	Topics []topicRecord `json:"topics" nullable:"false" doc:"In the order of the page."`
}

func (e *edge) listMyNotifications(ctx context.Context, _ *struct{}) (*struct{ Body topicList }, error) {
	all, err := e.Notices.Choices(ctx, e.actor(ctx))
	return &struct{ Body topicList }{topicList{each(all, showTopic)}}, err
}

type chosenTopic struct {
	Topic   notify.Topic `json:"topic"`
	Channel notify.Way   `json:"channel" enum:"email,push,in_app,text"`
	Wanted  bool         `json:"wanted" doc:"Whether to be told."`
}

type notificationsInput struct {
	Body struct {
		Choices []chosenTopic `json:"choices" nullable:"false" minItems:"1" maxItems:"100"`
	} `nameHint:"NotificationsRequest"`
}

func (e *edge) changeMyNotifications(ctx context.Context, in *notificationsInput) (*struct{ Body topicList }, error) {
	wishes := each(in.Body.Choices, func(c chosenTopic) notice.Wish { return notice.Wish{Topic: c.Topic, Way: c.Channel, Wanted: c.Wanted} })
	if err := e.Notices.Choose(ctx, e.actor(ctx), wishes); err != nil {
		return nil, err
	}
	return e.listMyNotifications(ctx, nil)
}
