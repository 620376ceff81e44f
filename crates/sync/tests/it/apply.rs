//! Carrying out plans: events, interruptions and what is told about them.

use std::ops::ControlFlow;

use belay_sync::{
    ApplyError, Event, MemoryError, MemoryRemote, Operation, Plan, PlanOptions, apply,
};

use crate::{board, carry_out, go_on, listing, remote, wanted};

/// A board, and a plan for it with a change of each kind; the file put is the third.
fn scene() -> (MemoryRemote, Plan) {
    let mut board = board(&[
        ("/folder/old.py", "old"),
        ("/changed.py", "before"),
        ("/same.py", "same"),
    ]);
    let wanted = wanted(&[
        ("changed.py", "after"),
        ("same.py", "same"),
        ("package/new.py", "new file"),
    ]);
    let plan = belay_sync::plan(wanted, &mut board, &PlanOptions::default()).unwrap();
    board.take_operations();
    (board, plan)
}

#[test]
fn events_come_in_the_order_of_the_plan() {
    let (mut board, plan) = scene();
    let mut events = Vec::new();
    let summary = apply(&plan, &mut board, &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    })
    .unwrap();
    let events: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
    insta::assert_snapshot!(events.join("
"), @r#"
        Begun { changes: 5, bytes: 13 }
        Started { action: 0 }
        Done { action: 0, wire: 0 }
        Started { action: 1 }
        Sent { action: 1, content: 2, wire: 2 }
        Sent { action: 1, content: 5, wire: 5 }
        Done { action: 1, wire: 5 }
        Started { action: 2 }
        Sent { action: 2, content: 4, wire: 4 }
        Sent { action: 2, content: 8, wire: 8 }
        Done { action: 2, wire: 8 }
        Started { action: 4 }
        Done { action: 4, wire: 0 }
        Started { action: 5 }
        Done { action: 5, wire: 0 }
        "#
    );
    insta::assert_json_snapshot!(summary, @r#"
    {
      "created_folders": 1,
      "put": 1,
      "replaced": 1,
      "deleted": 1,
      "deleted_folders": 1,
      "unchanged": 1,
      "bytes": 13,
      "source_bytes": 13,
      "wire_bytes": 13
    }
    "#);
    assert_eq!(
        board.take_operations(),
        [
            Operation::Perform(5),
            Operation::CreateFolder(remote("/package")),
            Operation::Put(remote("/changed.py")),
            Operation::Put(remote("/package/new.py")),
            Operation::Delete(remote("/folder/old.py")),
            Operation::DeleteFolder(remote("/folder")),
        ]
    );
}

#[test]
fn a_plan_without_changes_sends_nothing() {
    let (mut board, plan) = scene();
    carry_out(&plan, &mut board);
    let files: Vec<(String, String)> = board
        .files()
        .map(|(path, content)| {
            let content = String::from_utf8(content.to_vec()).unwrap();
            (path.as_str()[1..].to_owned(), content)
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, content)| (path.as_str(), content.as_str()))
        .collect();
    let again = belay_sync::plan(wanted(&files), &mut board, &PlanOptions::default()).unwrap();
    board.take_operations();
    let summary = apply(&again, &mut board, &mut |event| panic!("{event:?}")).unwrap();
    assert_eq!((summary.unchanged, summary.bytes), (3, 0));
    assert_eq!(board.take_operations(), []);
}

/// The caller's interruption at each event: what is told is what has been done.
#[test]
fn every_event_can_be_the_last() {
    let (board, plan) = scene();
    let mut count = 0;
    apply(&plan, &mut board.clone(), &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    for last in 0..count - 1 {
        let mut board = board.clone();
        let mut seen = Vec::new();
        let result = apply(&plan, &mut board, &mut |event| {
            seen.push(event);
            if seen.len() > last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let Err(ApplyError::Interrupted { report }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(seen.len(), last + 1, "events after the end was asked for");
        let done: Vec<usize> = seen
            .iter()
            .filter_map(|event| match event {
                Event::Done { action, .. } => Some(*action),
                _ => None,
            })
            .collect();
        assert_eq!(report.done, done);
        let under_way = match seen.last() {
            Some(Event::Started { action } | Event::Sent { action, .. }) => Some(*action),
            _ => None,
        };
        assert_eq!(report.under_way, under_way);
        let operations = board.take_operations();
        let performed = operations
            .iter()
            .filter(|operation| !matches!(operation, Operation::Perform(_)));
        assert_eq!(performed.count(), done.len());
    }
}

#[test]
fn a_lost_board_is_told_with_what_was_done() {
    let (mut board, plan) = scene();
    // The question, the folder's two moments, the beginning of the file, its middle.
    board.lose_after(4);
    let error = apply(&plan, &mut board, &mut go_on).unwrap_err();
    assert_eq!(error.to_string(), "failed after 1 of 5 changes");
    let ApplyError::Remote { source, report } = error else {
        panic!("{error}");
    };
    assert_eq!(source, MemoryError::Lost);
    assert_eq!(report.done, [0]);
    assert_eq!(report.under_way, Some(1));
    assert_eq!(report.summary.created_folders, 1);
    assert_eq!(report.summary.wire_bytes, 2);
    assert_eq!(
        listing(&board),
        [
            "/changed.py: before",
            "/folder/",
            "/folder/old.py: old",
            "/package/",
            "/same.py: same"
        ]
    );
}
