/* Session checks that are answered from memory under a lease: what README.md beside this file explains.
 *
 * Claim: a check that begins after an act was acknowledged does not answer as before the act, whatever the
 * nodes, the database and the clock do in between.
 *
 * What is verified is chosen by macros (scripts/model.sh has the table):
 *   NODES   nodes that answer from memory
 *   BULK    one act ends two sessions
 *   STEPUP  the first act changes the token of a session, the second ends it
 *   ORDER   two acts, whose transactions commit in any order
 *   CLOSING node 0 ends in the middle
 *   HOME    acts are done by this node; otherwise by a command, which remembers nothing
 * Each other macro takes one guard away. */

#ifndef NODES
#define NODES 1
#endif
#ifndef HOME
#define HOME 255
#endif
#ifndef RENEWALS
#define RENEWALS 3
#endif
#ifndef LAST
#define LAST 4          /* the last tick */
#endif
#define LEASE 2         /* ticks */

#ifdef SHORTWAIT
#define WAIT (LEASE - 1)
#else
#define WAIT LEASE
#endif
#ifdef SHORTUNMOVED
#define UNMOVED (LEASE - 1)
#else
#define UNMOVED LEASE
#endif
#ifdef EARLYREMOVE
#define GONE (LEASE - 1)
#else
#define GONE LEASE
#endif

/* ---- What acts change. An entry is what memory can hold: a token of a session. ---- */

#if defined(STEPUP)
#define ENTRIES 2       /* the old token and the new one */
#define ACTS 2
#define GOOD(e) ((e == 0 && !(done & 1)) || (e == 1 && (done & 3) == 1))
#define NAMES(facts, e) (facts)             /* the session: both tokens */
#define ACKED(e) (e == 0 || (acked & 2))     /* what the token e had to be refused by */
#define BEFORE(a) (a == 0 || (done & 1))    /* the second act has the row's lock after the first */
#elif defined(BULK)
#define ENTRIES 2
#define ACTS 1
#define GOOD(e) (!(done & 1))
#define NAMES(facts, e) (facts)
#define ACKED(e) (acked & 1)
#define BEFORE(a) true
#elif defined(ORDER)
#define ENTRIES 2
#define ACTS 2
#define GOOD(e) (!(done & (1 << e)))
#define NAMES(facts, e) (facts & (1 << e))
#define ACKED(e) (acked & (1 << e))
#define BEFORE(a) true
#else
#define ENTRIES 1
#define ACTS 1
#define GOOD(e) (!(done & 1))
#define NAMES(facts, e) (facts)
#define ACKED(e) (acked & 1)
#define BEFORE(a) true
#endif

byte now;               /* all clocks run at one rate; nobody reads a time of somebody else */

/* ---- The database. A set of acts is a byte, a bit for each; so is a snapshot. ---- */

byte done;              /* acts that are committed */
byte feed;              /* acts whose facts are in session_feed */
typedef Row { bool there; byte renewal; byte seen }
Row row[NODES];         /* check_nodes */

/* ---- The nodes ---- */

typedef Node {
	byte trust;         /* memory answers before this tick */
	bool same;          /* the generation is the one that the fill asked for */
	bool locked;        /* Memory.mu: one drops or keeps at a time. Look-ups do not ask for it */
	bool known[ENTRIES]
}
Node node[NODES];

#ifdef CLOSING
bool closing, ended;    /* node 0 */
#endif

byte acked;             /* acts that were acknowledged */

/* What the program that acts has seen of the others' renewals, and when. */
typedef Sighting { byte renewal; byte at }
Sighting sighting[NODES];

active proctype Clock() { do :: now < LAST -> now++ :: else -> break od }

/* Memory.Drop. Its facts are those of some acts. */
inline drop(i, facts) {
#if ENTRIES == 1
	d_step { node[i].same = false; node[i].known[0] = false }
#else
	atomic { !node[i].locked; node[i].locked = true; node[i].same = false }
	if :: NAMES(facts, 0) -> node[i].known[0] = false :: else fi;
#ifndef NOTTOLD                 /* mutation: of two sessions one is told */
	if :: NAMES(facts, 1) -> node[i].known[1] = false :: else fi;
#endif
	node[i].locked = false
#endif
}

#if ENTRIES > 1
#define CLEARED(i) node[i].known[0] = false; node[i].known[1] = false
#else
#define CLEARED(i) node[i].known[0] = false
#endif

/* The statement of lease.read is one snapshot. */
inline readFeed() {
	d_step {
		list = feed & ~mine;
		said = done;
#ifdef BYNUMBER
		if :: done & 2 -> said = 3 :: else fi   /* all numbers up to the highest one count as seen */
#endif
	}
}

inline publish(i) {
	d_step { if :: row[i].there -> row[i].seen = said :: else fi }
}

/* The rest of lease.read. */
inline apply(i) {
	if
	:: list ->
#ifdef PUBLISHFIRST
		publish(i);
		drop(i, list)
#else
		drop(i, list);
		publish(i)
#endif
	:: else
	fi
}

/* lease.register: INSERT, and Memory.Clear after it. */
inline register(i) {
	node[i].trust = 0;
	d_step {
		row[i].there = true;
#ifdef SAMENUMBER
		row[i].renewal = 1;
#else
		row[i].renewal = 10 * rounds;           /* a number that nobody has seen */
#endif
		row[i].seen = done;
		mine = done
	}
#ifndef NOCLEAR
	atomic { !node[i].locked; node[i].same = false; CLEARED(i) }
#endif
}

/* lease.run: one goroutine renews, and reads when it is woken. */
proctype Loop(byte i) {
	byte began, rounds;
	byte mine;              /* what its last snapshot of the feed saw */
	byte list, said;        /* what it reads now */
	bool there;
	do
	:: atomic { rounds < RENEWALS -> rounds++; began = now }
#ifdef READFIRST
		readFeed();
#endif
		atomic {
			there = row[i].there;
			if
			:: there -> row[i].renewal++
#ifdef NOREGISTER
			:: !there && rounds == 1 -> row[i].there = true; row[i].renewal = 1; row[i].seen = done; mine = done
#endif
			:: else
			fi
		}
#ifndef NOREGISTER
		if :: there :: else -> register(i) fi;
#endif
#ifndef READFIRST
		readFeed();
#endif
		apply(i);
		atomic {
			mine = said;
#ifdef LATELEASE
			node[i].trust = now + LEASE
#else
			node[i].trust = began + LEASE
#endif
		}
	:: atomic { rounds > 0 && rounds <= RENEWALS && (feed & ~mine) -> readFeed() }    /* woken */
		apply(i);
		mine = said
	:: break
#ifdef CLOSING
	:: closing && i == 0 -> break
#endif
	od
#ifdef CLOSING
	; ended = true
#endif
}

#ifdef CLOSING
/* lease.close */
active proctype Close() {
#ifdef CLOSEFIRST
	node[0].trust = 0;
	closing = true;
	ended;
#else
	closing = true;
	ended;
	node[0].trust = 0;
#endif
	row[0].there = false
}
#endif

inline someNode() {
#if NODES > 1
	if :: i = 0 :: i = 1 fi
#else
	i = 0
#endif
}

inline someEntry() {
#if ENTRIES > 1
	if :: e = 0 :: e = 1 fi
#else
	e = 0
#endif
}

/* A check that asks the database and keeps its answer: Store.CheckSession and Memory.Keep. One is enough: a
 * late check finds what one other has kept, and no third changes what those two see. */
active proctype Fill() {
	byte i, e;
	atomic { someNode(); someEntry(); node[i].same = true }
	GOOD(e);
#ifdef NOGENERATION
	atomic { !node[i].locked; node[i].known[e] = true }
#else
	atomic {
		!node[i].locked;
		if :: node[i].same -> node[i].known[e] = true :: else fi
	}
#endif
}

/* A check that begins after an acknowledgement: Memory.Get. Where memory does not answer, the database does,
 * which is right. */
active proctype Late() {
	byte i, e;
	bool hit;
	atomic {
		acked > 0;
		someNode();
		someEntry();
		ACKED(e);
#ifdef ASKAFTER
		hit = node[i].known[e]
	}
	assert(!(hit && now < node[i].trust))
#else
		hit = now < node[i].trust
	}
	assert(!(hit && node[i].known[e]))
#endif
}

/* sightings.unmoved. Its clock is read after the table was. */
inline sight(i, number) {
	if
	:: sighting[i].renewal != number -> sighting[i].renewal = number; sighting[i].at = now
	:: else
	fi
}

/* nodesOf: one statement. */
#if NODES > 1
#define LOOK d_step { there[0] = row[0].there; number[0] = row[0].renewal; seen[0] = row[0].seen; there[1] = row[1].there; number[1] = row[1].renewal; seen[1] = row[1].seen }
#else
#define LOOK d_step { there[0] = row[0].there; number[0] = row[0].renewal; seen[0] = row[0].seen }
#endif

#if NODES > 1
#define CLEAN there[0] = false; number[0] = 0; seen[0] = 0; there[1] = false; number[1] = 0; seen[1] = 0
#else
#define CLEAN there[0] = false; number[0] = 0; seen[0] = 0
#endif

/* acks.waitsFor, of one node */
inline behind(i, own) {
	if
	:: there[i] ->
		sight(i, number[i]);
		if
		:: i != HOME && now < sighting[i].at + UNMOVED && !(seen[i] & own) -> wait = true
		:: else
		fi
	:: else
	fi
}

/* Store.Write and Store.applied */
proctype Act(byte a) {
	bool there[NODES], wait;
	byte number[NODES], seen[NODES], committed, own;
	own = 1 << a;
#ifdef EARLYLOOK
	LOOK;
#endif
	atomic { BEFORE(a); done = done | own; feed = feed | own; committed = now }
#if HOME < 255
	drop(HOME, own);
#endif
#ifndef NOWAIT
	do
	::
#ifndef EARLYLOOK
		LOOK;
#endif
		atomic {
			wait = false;
			if
			:: now < committed + WAIT ->
				behind(0, own);
#if NODES > 1
				behind(1, own)
#endif
			:: else
			fi;
#ifndef EARLYLOOK
			CLEAN;
#endif
			if :: !wait -> acked = acked | own; break :: else fi
		}
	od
#else
	acked = acked | own
#endif
}

/* lease.removeGone, at the program that acts: both share what was sighted. */
active proctype Lookout() {
	byte number, i, rounds;
	do
	:: atomic { rounds < 2 -> rounds++; someNode(); i != HOME && row[i].there -> number = row[i].renewal }
		atomic {
			sight(i, number);
			if
			:: now >= sighting[i].at + GONE
			:: else -> number = 0
			fi
		}
		atomic { if :: number > 0 && row[i].there && row[i].renewal == number -> row[i].there = false :: else fi; number = 0 }
	:: break
	od
}

/* lease.prune: one statement. */
active proctype Prune() {
	byte all = 255;
	atomic {
		feed > 0;
#ifndef EARLYPRUNE
		if :: row[0].there -> all = all & row[0].seen :: else fi;
#if NODES > 1
		if :: row[1].there -> all = all & row[1].seen :: else fi;
#endif
#endif
		feed = feed & ~all
	}
}

init {
	atomic {
		run Loop(0);
#if NODES > 1
		run Loop(1);
#endif
		run Act(0);
#if ACTS > 1
		run Act(1)
#endif
	}
}
