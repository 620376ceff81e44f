use proptest::prelude::*;

use super::*;

fn versions(texts: &str) -> Vec<Version> {
    texts
        .split_whitespace()
        .map(|text| Version::new(text).expect("a version"))
        .collect()
}

/// Which of the versions meet the requirement.
fn matching(requirement: &str, texts: &str) -> String {
    let requirement = Requirement::parse(requirement).expect("a requirement");
    let matching: Vec<String> = versions(texts)
        .iter()
        .filter(|version| requirement.matches(version))
        .map(ToString::to_string)
        .collect();
    matching.join(" ")
}

fn chosen(requirement: &str, texts: &str) -> Option<String> {
    let requirement = Requirement::parse(requirement).expect("a requirement");
    requirement
        .choose(&versions(texts))
        .map(ToString::to_string)
}

#[test]
fn versions_are_ordered_as_pep_440_says() {
    let mut shuffled = versions(
        "1.0 1.0.dev1 1.0rc1 1.0a2.dev1 1.0.post1 0.9 1.0a2 1!0.1 1.0b1 10.0 9.0 1.0+local.1",
    );
    shuffled.sort();
    let texts: Vec<&str> = shuffled.iter().map(Version::as_str).collect();
    assert_eq!(
        texts.join(" "),
        "0.9 1.0.dev1 1.0a2.dev1 1.0a2 1.0b1 1.0rc1 1.0 1.0+local.1 1.0.post1 9.0 10.0 1!0.1"
    );
    assert_eq!(Version::new("1.0"), Version::new("v1.0.0"));
    for text in ["", "main", "1.x", "1.0 ", "1..2", "latest", "1/2"] {
        assert!(Version::new(text).is_none(), "{text:?}");
    }
}

#[test]
fn carets_keep_the_first_part_that_is_not_zero() {
    let all = "0.0.2 0.0.3 0.0.9 0.1 0.2.2 0.2.3 0.2.9 0.3 1.0 1.2 1.2.3 1.9 2.0rc1 2.0 10.1";
    let cases = [
        ("^1.2.3", "1.2.3 1.9"),
        ("^1.2", "1.2 1.2.3 1.9"),
        ("^1", "1.0 1.2 1.2.3 1.9"),
        ("^0.2.3", "0.2.3 0.2.9"),
        ("^0.2", "0.2.2 0.2.3 0.2.9"),
        ("^0.0.3", "0.0.3"),
        ("^0.0", "0.0.2 0.0.3 0.0.9"),
        ("^0", "0.0.2 0.0.3 0.0.9 0.1 0.2.2 0.2.3 0.2.9 0.3"),
        ("^ 1.9", "1.9"),
    ];
    for (requirement, expected) in cases {
        assert_eq!(matching(requirement, all), expected, "{requirement}");
    }
}

#[test]
fn an_operator_is_written_in_one_piece() {
    for text in [
        "= =7",
        "= = 7",
        "> =1",
        "< = 1",
        "~ =1.0",
        "! =1",
        "=  == 1",
        "^ ^1",
        ">=1, = =2",
        "== =1",
    ] {
        let read = Requirement::parse(text);
        assert!(read.is_err(), "{text:?} means {read:?}");
    }
    for text in [">= 1", "~=  1.0", "^ 1"] {
        assert!(Requirement::parse(text).is_ok(), "{text:?}");
    }
}

#[test]
fn specifiers_mean_what_pep_440_says() {
    let all = "0.9 1.0 1.2 1.2.1 1.3 1.9.9 2.0rc1 2.0 2.1";
    let cases = [
        ("~=1.2", "1.2 1.2.1 1.3 1.9.9"),
        ("~=1.2.0", "1.2 1.2.1"),
        (">=1, <2", "1.0 1.2 1.2.1 1.3 1.9.9"),
        ("==1.2", "1.2"),
        ("1.2.0", "1.2"),
        ("==1.2.*", "1.2 1.2.1"),
        ("1.2.*", "1.2 1.2.1"),
        ("!=1.2,<=1.3", "0.9 1.0 1.2.1 1.3"),
        (">1.3", "1.9.9 2.0rc1 2.0 2.1"),
        ("===1.2.1", "1.2.1"),
        ("*", all),
        (" latest ", all),
    ];
    for (requirement, expected) in cases {
        assert_eq!(matching(requirement, all), expected, "{requirement}");
    }
}

#[test]
fn a_prerelease_is_chosen_only_when_asked_for_or_alone() {
    assert_eq!(chosen("*", "0.9 1.0rc1 0.10 0.2"), Some("0.10".to_owned()));
    assert_eq!(chosen("*", "1.0a1 1.0rc1"), Some("1.0rc1".to_owned()));
    assert_eq!(chosen(">=1.0a1", "0.9 1.0rc1"), Some("1.0rc1".to_owned()));
    assert_eq!(chosen("^1", "0.9 2.0 2.1"), None);
    assert_eq!(chosen("1.0", "1.0.0 1.0 1"), Some("1.0".to_owned()));
    assert_eq!(chosen("^1.0,!=1.2", "1.0 1.1 1.2"), Some("1.1".to_owned()));
    assert_eq!(chosen("*", ""), None);
}

#[test]
fn both_of_two_requirements() {
    let parse = |text: &str| Requirement::parse(text).expect("a requirement");
    let both = parse("^1").and(&parse("1.2")).and(&parse("^1"));
    assert_eq!(both.to_string(), "^1,==1.2");
    assert_eq!(parse(&both.to_string()).to_string(), "^1,==1.2");
    assert_eq!(
        parse("1.2").exact_version().map(Version::as_str),
        Some("1.2")
    );
    assert_eq!(parse("== 1.2"), parse("1.2"));
    assert_eq!(parse("==1.2.*").exact_version(), None);
    assert!(parse("*").and(&parse("*")).is_any());
}

#[test]
fn habits_of_other_tools_get_a_suggestion_that_works() {
    let cases = [
        ("~=1", Some("^1")),
        ("~1.2", Some("~=1.2.0")),
        ("~1", Some("~=1.0")),
        ("~1.2.3", Some("~=1.2.3")),
        ("=1.2", Some("==1.2")),
        ("1.x", Some("1.*")),
        (">=1 <2", Some(">=1,<2")),
        ("^1 || ^2", None),
        ("^", None),
        ("", None),
        (">=1,,<2", None),
        (">=main", None),
        (">=1,2", None),
        ("^1.*", None),
    ];
    for (text, expected) in cases {
        match Requirement::parse(text) {
            Err(RequirementError::Malformed { suggestion, .. }) => {
                assert_eq!(suggestion.as_deref(), expected, "{text}");
            }
            other => panic!("{text:?} gives {other:?}"),
        }
    }
    assert!(matches!(
        Requirement::parse(&">=1,".repeat(100)),
        Err(RequirementError::TooLong { length: 400, .. })
    ));
}

proptest! {
    #[test]
    fn formatting_a_requirement_reads_back(
        clauses in proptest::collection::vec(
            ("(\\^|~=|==|!=|>=|<=|<|>) ?", "[0-9]{1,2}(\\.[0-9]{1,2}){1,3}((a|rc)[0-9])?"),
            1..4,
        )
    ) {
        let text: Vec<String> = clauses.iter().map(|(o, v)| format!("{o}{v}")).collect();
        let requirement = Requirement::parse(&text.join(" , ")).expect("a requirement");
        prop_assert_eq!(Requirement::parse(&requirement.to_string()), Ok(requirement));
    }

    #[test]
    fn no_text_panics_and_what_parses_reads_back(text in "[\\^~=!<>0-9a-z.,*+ -]{0,24}") {
        if let Ok(requirement) = Requirement::parse(&text) {
            prop_assert_eq!(Requirement::parse(&requirement.to_string()), Ok(requirement));
        }
    }
}
