// Package runlog is the record of a training run: a file of JSON Lines that is
// only ever appended to, one event a line. The trainer writes it; plots,
// reports and the web page read it and need no trainer.
//
// # The file
//
// Each line is one object
//
//	{"v":1,"time":"2006-01-02T15:04:05.999Z","event":"epoch","data":{...}}
//
// where v is [Version], event names the kind and data holds the fields of the
// Go type of that name ([Started], [Resumed], [Step], [Epoch], [Checkpoint],
// [Picture], [Note], [Finished], [Stopped]). Kinds and fields may be added
// within a version; a reader keeps a kind that it does not know as [Unknown]
// and ignores a field that it does not know. Numbers that JSON lacks are
// written as the strings "NaN", "Infinity" and "-Infinity". A line, with its
// newline, is at most [MaxLine] bytes.
//
// # Crashes and resumed runs
//
// A line is one write. A crash can leave a torn last line: readers take no
// notice of it and [Open] cuts it off before it appends. Nothing else is ever
// removed. A run that resumes from a checkpoint repeats the steps after it;
// the file keeps both accounts, and [Log] keeps the last one for each step.
package runlog
