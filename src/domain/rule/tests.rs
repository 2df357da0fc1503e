use super::*;

fn view() -> Viewpoint {
    Viewpoint {
        here: path("/2024/raw"),
        now: time("2024-05-20T04:00:00Z"),
        zone: TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::fixed(jiff::tz::offset(8))),
        named: Named::default(),
    }
}

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(text: &str) -> Rule {
    let read = Rule::parse(text, &view());
    read.unwrap_or_else(|complaint| panic!("{text}: {complaint}"))
        .unwrap()
}

fn facts<'a>(directory: &'a RemotePath, name: &'a str) -> Facts<'a> {
    Facts {
        directory,
        name,
        kind: Kind::File,
        size: None,
        modified: None,
        created: None,
        owner: None,
        labels: None,
        has_copies: None,
        is_marked: None,
    }
}

/// Whether the rule chooses a file of this name.
fn names(text: &str, name: &str) -> bool {
    rule(text).matches(&facts(&view().here, name))
}

fn sizes(text: &str, size: u64) -> bool {
    rule(text).matches(&Facts {
        size: Some(size),
        ..facts(&view().here, "a.mov")
    })
}

fn times(text: &str, modified: &str) -> bool {
    rule(text).matches(&Facts {
        modified: Some(time(modified)),
        ..facts(&view().here, "a.mov")
    })
}

/// The wrong words and what is said of them.
fn complaint(text: &str) -> (&str, String, Option<String>) {
    let complaint = Rule::parse(text, &view()).unwrap_err();
    let wrong = &text[complaint.span.clone()];
    (wrong, complaint.message, complaint.suggestion)
}

#[test]
fn all_words_must_occur_in_any_order() {
    assert!(names("mov a00", "A001_废弃.MOV"));
    assert!(names("废弃 001", "测试片段_001_废弃.mov"));
    assert!(!names("mov wav", "A001.mov"));
    assert!(names("（1）", "IMG(1).jpg"), "wide parentheses are text");
}

#[test]
fn capital_letters_matter_once_typed_and_word_by_word() {
    assert!(names("img", "IMG_2231.heic"));
    assert!(!names("Img", "IMG_2231.heic"));
    assert!(names("IMG HEI", "IMG_2231.HEIC"));
    assert!(names("IMG heic", "IMG_2231.HEIC"));
    assert!(names("Éd", "stills_Édité"));
    assert!(!names("Éd", "stills_édité"));
}

#[test]
fn accents_and_width_do_not_matter() {
    assert!(names("edite", "stills_édité"));
    assert!(names("édité", "stills_edite"));
    assert!(names("edite", "stills_e\u{301}dite\u{301}"), "in pieces");
    assert!(names("2024", "杭州２０２４.mov"));
    assert!(names("２０２４ ＭＯＶ", "杭州2024.MOV"));
    assert!(names("カメラ", "ｶﾒﾗ_01.mov"));
    assert!(!names("か", "が.mov"), "another syllable, no accent");
    assert!(names("*.mov", "ＡＢＣ．ＭＯＶ"));
}

#[test]
fn long_names_are_folded_whole() {
    let name = format!("{}_TAIL.MOV", "X".repeat(400));
    assert!(names("tail", &name));
    assert!(names("*tail.mov", &name));
    assert!(!names("head", &name));
}

#[test]
fn wildcards_cover_the_whole_name_and_quotes_take_their_meaning() {
    assert!(names("*.mov", "a.MOV"));
    assert!(!names("*.mov", "a.mov.bak"));
    assert!(names("take?.wav", "take7.wav"));
    assert!(names("take?.wav", "take废.wav"));
    assert!(!names("take?.wav", "take77.wav"));
    assert!(names("a*b*c", "a_b_c"));
    assert!(!names("a*b*c", "a_c_b"));
    assert!(names("*废弃*", "测试_废弃_1.mov"));
    assert!(names("*", "anything"));
    assert!(!names("?", "ab"));
    assert!(names("\"take 1\"", "the take 1.mov"));
    assert!(!names("\"take 1\"", "take_1.mov"));
    assert!(names("*\" 1.\"mov", "take 1.mov"));
    assert!(names("\"*\"", "a*b"));
    assert!(!names("\"*\"", "ab"));
    assert!(names("\"or\"", "color.mov") && !names("\"or\"", "a.mov"));
    assert!(names("\"12:30\" 12:30", "12:30.mov"));
}

#[test]
fn regular_expressions_end_at_their_slash_or_with_the_line() {
    assert!(names(r"/^tmp_.*\d\d", "tmp_export_01.mxf"));
    assert!(names(r"/^tmp_.*\d\d/ ext:mxf", "tmp_export_01.mxf"));
    assert!(names(r"/a b/ mov", "a b.mov"));
    assert!(names(r"name:/^a\/?b/", "ab"));
    assert!(names(r"/IMG_\D/", "IMG_x"));
    assert!(
        names(r"/img_\D\p{Han}/", "IMG_x废"),
        "classes are no capitals"
    );
    assert!(!names(r"/Img/", "IMG"));
    assert!(names(r"(/^a/ or /^b/) mov", "b.mov"));
}

#[test]
fn names_may_be_asked_for_exactly() {
    assert!(names("name:=a.mov", "a.mov"));
    assert!(!names("name:=a.mov", "aa.mov"));
    assert!(names("name:old", "an_OLD_one"));
    assert!(names("name:*.mov", "a.mov"));
    assert!(names("name：废弃", "测试_废弃"), "a wide colon");
    assert!(names("NAME:old", "old"));
}

#[test]
fn extensions_and_types() {
    assert!(names("ext:mov", "a.b.MOV") && !names("ext:mov", "mov"));
    assert!(names("ext:.mov,MXF", "a.mxf") && !names("ext:mov,mxf", "a.mov2"));
    assert!(names("ext:jp*g", "a.jpeg"));
    assert!(names("ext:\"\"", "README") && !names("ext:\"\"", "a.mov"));
    assert!(!names("ext:gitignore", ".gitignore"));
    assert!(names("type:video", "a.MXF") && !names("type:video", "a.wav"));
    assert!(names("type:image,audio", "a.wav"));
    assert!(names("type:other", "a.qqq") && !names("type:other", "a.zip"));
    assert!(names("type:file", "a") && !names("type:dir", "a"));
    let here = view().here;
    let directory = Facts {
        kind: Kind::Directory,
        ..facts(&here, "clips.mov")
    };
    assert!(rule("type:dir").matches(&directory));
    assert!(!rule("type:video").matches(&directory));
    assert!(!rule("ext:mov").matches(&directory));
    let link = Facts {
        kind: Kind::Symlink,
        ..directory
    };
    assert!(rule("type:link").matches(&link));
}

#[test]
fn sizes_compare_in_units_of_1024() {
    let mb = 1024 * 1024;
    assert!(sizes("size:>1M", mb + 1) && !sizes("size:>1M", mb));
    assert!(sizes("size:>=1MB", mb) && !sizes("size:>=1MiB", mb - 1));
    assert!(sizes("size:<1m", mb - 1) && !sizes("size:<1m", mb));
    assert!(sizes("size:<=1M", mb) && !sizes("size:<=1M", mb + 1));
    assert!(sizes("size:1M..2G", mb) && sizes("size:1M..2G", 2048 * mb));
    assert!(!sizes("size:1M..2G", 2048 * mb + 1) && !sizes("size:1M..2G", mb - 1));
    assert!(sizes("size:..1K", 1024) && sizes("size:1K..", u64::MAX));
    assert!(sizes("size:0", 0) && !sizes("size:0", 1));
    assert!(sizes("size:4M", 4 * mb) && sizes("size:=4M", 5 * mb - 1));
    assert!(!sizes("size:4M", 5 * mb));
    assert!(sizes("size:1.5K", 1536) && !sizes("size:1.5K", 1640));
    assert!(sizes("size:1024", 1024) && !sizes("size:1024", 1025));
}

#[test]
fn what_is_not_known_neither_holds_nor_fails() {
    // A directory has no size: no rule about sizes chooses it, however it is turned.
    for text in [
        "size:>1M",
        "!size:>1M",
        "!(size:>1M or b)",
        "dup:yes",
        "!dup:yes",
    ] {
        assert!(!names(text, "a"), "{text}");
    }
    assert!(names("size:>1M or a", "a"));
    assert!(names("!(size:>1M b)", "a"), "b decides");
    for text in [
        "!owner:u1",
        "!label:x",
        "!mark:yes",
        "!mod:>1d",
        "!cre:2024",
    ] {
        assert!(!names(text, "a"), "{text}");
    }
}

#[test]
fn ages_count_back_from_now() {
    // It is noon of 2024-05-20 in Shanghai.
    assert!(times("mod:>90d", "2024-02-20T03:59:59Z"));
    assert!(!times("mod:>90d", "2024-02-20T04:00:01Z"));
    assert!(times("mod:<2h", "2024-05-20T02:00:01Z") && !times("mod:<2h", "2024-05-20T02:00:00Z"));
    assert!(times("mod:<=2h", "2024-05-20T02:00:00Z"));
    assert!(times("mod:>=2h", "2024-05-20T02:00:00Z") && !times("mod:>2h", "2024-05-20T02:00:00Z"));
    assert!(times("mod:7d", "2024-05-19T00:00:00Z") && !times("mod:7d", "2024-05-01T00:00:00Z"));
    assert!(times("mod:1mo..1y", "2024-01-01T00:00:00Z"));
    assert!(
        times("mod:1y..1mo", "2024-01-01T00:00:00Z"),
        "either way round"
    );
    assert!(!times("mod:1mo..1y", "2024-05-01T00:00:00Z"));
    assert!(
        times("mod:2w..", "2020-01-01T00:00:00Z") && !times("mod:2w..", "2024-05-19T00:00:00Z")
    );
    assert!(times("mod:..30min", "2024-05-20T03:45:00Z"));
}

#[test]
fn dates_are_as_exact_as_they_are_written_and_lie_in_the_zone_of_the_user() {
    // Midnight in Shanghai is 16:00 of the day before.
    assert!(
        times("mod:2024", "2023-12-31T16:00:00Z") && !times("mod:2024", "2023-12-31T15:59:59Z")
    );
    assert!(
        times("mod:2024-04", "2024-04-30T15:59:59Z")
            && !times("mod:2024-04", "2024-04-30T16:00:00Z")
    );
    assert!(times("mod:2024-04-01", "2024-03-31T16:00:00Z"));
    assert!(
        times("mod:<2024-04-01", "2024-03-31T15:59:59Z")
            && !times("mod:<2024-04-01", "2024-03-31T16:00:00Z")
    );
    assert!(
        times("mod:<=2024-04-01", "2024-04-01T15:59:59Z")
            && !times("mod:<=2024-04-01", "2024-04-01T16:00:00Z")
    );
    assert!(
        times("mod:>2024-04-01", "2024-04-01T16:00:00Z")
            && !times("mod:>2024-04-01", "2024-04-01T15:00:00Z")
    );
    assert!(times("mod:>=2024-04-01", "2024-03-31T16:00:00Z"));
    assert!(times("mod:2024-05-20T11", "2024-05-20T03:59:59Z"));
    assert!(
        times("mod:2024-05-20T11:30", "2024-05-20T03:30:59Z")
            && !times("mod:2024-05-20T11:30", "2024-05-20T03:31:00Z")
    );
    assert!(times("mod:=2024-05-20T11:30:05", "2024-05-20T03:30:05.9Z"));
    assert!(
        times("mod:2023..2024-03", "2024-03-31T15:59:59Z")
            && !times("mod:2023..2024-03", "2024-03-31T16:00:00Z")
    );
    assert!(
        times("mod:..2023", "2001-01-01T00:00:00Z")
            && times("mod:2024-05..", "2024-05-20T00:00:00Z")
    );
    assert!(
        times("mod:2024..90d", "2024-02-01T00:00:00Z")
            && !times("mod:2024..90d", "2024-03-01T00:00:00Z")
    );
    assert!(
        times("mod:today", "2024-05-19T16:00:00Z") && !times("mod:today", "2024-05-19T15:00:00Z")
    );
    assert!(times("mod:yesterday", "2024-05-19T15:00:00Z"));
    assert!(times("mod:<today", "2024-05-19T15:00:00Z"));
}

#[test]
fn created_is_asked_like_modified() {
    let here = view().here;
    let facts = Facts {
        created: Some(time("2023-01-01T00:00:00Z")),
        ..facts(&here, "a")
    };
    assert!(rule("cre:>1y").matches(&facts) && !rule("cre:2024").matches(&facts));
}

#[test]
fn paths_and_places() {
    let is = |text: &str, directory: &str, name: &str| {
        rule(text).matches(&facts(&path(directory), name))
    };
    assert!(is("path:raw", "/2024/RAW/杭州", "a"));
    assert!(is("path:杭州/a", "/2024/raw/杭州", "a.mov"));
    assert!(is("path:*/raw/*.mov", "/2024/raw/杭州", "a.mov"));
    assert!(!is("path:*/raw", "/2024/raw/杭州", "a.mov"));
    assert!(is("path:/2024/raw", "/2024", "raw"));
    assert!(is("path:/2024/raw", "/2024/raw/杭州", "a"));
    assert!(!is("path:/2024/raw", "/2024", "raw-old"));
    assert!(is("path:/a", "/", "a"));
    assert!(is("in:here", "/2024/raw", "a") && !is("in:here", "/2024/raw/x", "a"));
    assert!(is("in:tree", "/2024/raw/x/y", "a") && !is("in:tree", "/2024", "raw"));
    assert!(is("in:/2023", "/2023", "a") && is("in:/2023", "/2023/x", "a"));
    assert!(!is("in:/2023", "/2023x", "a") && is("in:/", "/x/y", "a"));
    assert!(is("in:\"/my raw\"", "/my raw", "a"));
}

#[test]
fn owners_labels_copies_and_marks() {
    let here = view().here;
    let labels = ["草稿".into(), "Old cut".into()];
    let facts = Facts {
        owner: Some("u207"),
        labels: Some(&labels),
        has_copies: Some(true),
        is_marked: Some(false),
        ..facts(&here, "a")
    };
    let is = |text: &str| rule(text).matches(&facts);
    assert!(is("owner:u207") && !is("owner:u20") && is("owner:u2*") && is("owner:u1,U207"));
    assert!(is("label:草稿") && is("label:\"old cut\"") && !is("label:old") && !is("!label:草稿"));
    assert!(is("dup:yes") && !is("dup:no") && is("mark:no") && !is("mark:YES"));
    let bare = Facts {
        labels: Some(&[]),
        ..facts
    };
    assert!(
        rule("!label:草稿").matches(&bare),
        "it is known that there are none"
    );
}

#[test]
fn not_binds_tightest_and_or_weakest() {
    assert!(names("!*.mov", "a.wav") && !names("!*.mov", "a.mov"));
    assert!(names("!a b", "b") && !names("!a b", "ab"));
    assert!(names("! a", "b") && names("!!a", "a"));
    assert!(names("a b or c", "c") && names("a b or c", "ab") && !names("a b or c", "a"));
    assert!(names("a (b or c)", "ac") && !names("a (b or c)", "c"));
    assert!(names("!(a or b)", "c") && !names("!(a or b)", "b"));
    assert!(names("( a OR b )", "b") && names("((a or b) c)", "bc"));
    assert!(names("(ext:mov) or (ext:wav)", "a.wav"));
    assert!(names("(1)", "IMG (1).jpg") && !names("(1)", "IMG 1.jpg"));
    assert!(names("(img (1))", "IMG (1).jpg") && !names("(img (1))", "IMG 1.jpg"));
    assert!(names("copy(2) jpg", "a copy(2).jpg"));
    assert!(names("oreo orange", "an oreo and an orange"));
}

#[test]
fn a_blank_line_asks_for_nothing() {
    assert!(Rule::parse(" \u{3000}\t", &view()).unwrap().is_none());
}

#[test]
fn complaints_point_at_the_word_and_suggest_another() {
    let (wrong, message, near) = complaint("mov siez:>1M");
    assert_eq!((wrong, near.as_deref()), ("siez", Some("size")));
    assert_eq!(message, "there is no field siez: - did you mean size:?");
    assert_eq!(complaint("modified:>1d").2.as_deref(), Some("mod"));
    assert_eq!(complaint("nonsense:1").2, None);
    let (wrong, message, near) = complaint("type:image,vidoe");
    assert_eq!((wrong, near.as_deref()), ("vidoe", Some("video")));
    assert!(message.ends_with("did you mean video?"), "{message}");
    for (text, wrong, message) in [
        (
            "size:>1X",
            ">1X",
            "'1X' is no size; write 800, 20K, 500M, 1.5G or 2T",
        ),
        (
            "size:2G..1M",
            "2G..1M",
            "2G is more than 1M: nothing lies between",
        ),
        ("size:<0", "<0", "nothing is <0"),
        ("size:", "size:", "size: takes >500M, 1M..2G or 0"),
        ("mod:>5m", ">5m", "write 5mo for months or 5min for minutes"),
        (
            "mod:2024..2023",
            "2024..2023",
            "2024..2023 ends before it begins: nothing lies between",
        ),
        ("mark:maybe", "maybe", "mark: takes yes or no, not 'maybe'"),
        ("in:there", "there", "in: takes here, tree or /a/folder"),
        ("a /(/", "/(/", "'(' is not a regular expression yet"),
        ("/", "/", "a regular expression belongs behind the /"),
        (
            "a !",
            "!",
            "! turns round what stands behind it, and nothing does",
        ),
        ("a or", "", "or needs something on both sides"),
        ("or a", "or", "or needs something on both sides"),
        ("a or or b", "or", "or needs something on both sides"),
        (
            "a (b or c",
            "(",
            "this parenthesis is never closed; \"(\" looks for the sign itself",
        ),
        (
            "a )",
            ")",
            "no parenthesis is open here; \")\" looks for the sign itself",
        ),
        ("( )", "( ", "there is nothing between the parentheses"),
    ] {
        let told = complaint(text);
        assert_eq!((told.0, told.1.as_str()), (wrong, message), "{text}");
    }
    for text in [
        "mod:2024-13",
        "mod:2024-02-30",
        "mod:24",
        "mod:2024T10",
        "cre:>soon",
        "mod:>99999999y",
    ] {
        assert!(
            complaint(text).1.contains("is no time; write 90d"),
            "{text}"
        );
    }
    for text in [
        "size:1.",
        "size:.5M",
        "size:1.5",
        "size:99999999P",
        "size:i",
        "size:-1",
    ] {
        assert!(complaint(text).1.contains("is no size"), "{text}");
    }
}

#[test]
fn no_line_is_read_into_a_panic() {
    let pieces = [
        "(", ")", "!", "or", "\"", "/", "size:", "mod:", "type:", ",", "..", ">", "*", "废", " ",
        "\\", "path:/",
    ];
    let mut lines = vec![String::new()];
    for _ in 0..3 {
        lines = lines
            .iter()
            .flat_map(|line| pieces.iter().map(move |piece| format!("{line}{piece}")))
            .collect();
        for line in &lines {
            if let Err(complaint) = Rule::parse(line, &view()) {
                assert!(
                    line.get(complaint.span.clone()).is_some(),
                    "{line}: {complaint:?}"
                );
            }
        }
    }
}

#[test]
fn the_place_to_look_is_what_in_says() {
    let usual = Scope {
        directory: view().here,
        is_deep: false,
    };
    let scopes = |text: &str| -> Vec<String> {
        let scopes = rule(text).scopes(&usual);
        let shown = |scope: &Scope| {
            format!(
                "{}{}",
                scope.directory,
                if scope.is_deep { "/**" } else { "" }
            )
        };
        scopes.iter().map(shown).collect()
    };
    assert_eq!(scopes("ext:mov"), ["/2024/raw"]);
    assert_eq!(scopes("ext:mov in:tree"), ["/2024/raw/**"]);
    assert_eq!(scopes("in:/2023 or in:/2022"), ["/2022/**", "/2023/**"]);
    assert_eq!(scopes("in:/2024 or in:tree"), ["/2024/**"]);
    assert_eq!(scopes("in:tree or a"), ["/2024/raw/**"]);
    assert_eq!(scopes("in:/2023 or a"), ["/2023/**", "/2024/raw"]);
    assert_eq!(scopes("in:tree in:here"), ["/2024/raw"]);
    assert_eq!(scopes("!in:/2023"), ["/2024/raw"]);
}

#[test]
fn a_rule_can_be_said_in_words() {
    for (text, words) in [
        (
            "mod:<2024-04-01 size:>500M ext:mov",
            "modified before 2024-04-01 and size over 500M and extension is 'mov'",
        ),
        (
            "*废弃* or *_do_not_use*",
            "name is like '*废弃*' or name is like '*_do_not_use*'",
        ),
        (
            "!(a or b) c",
            "not (name contains 'a' or name contains 'b') and name contains 'c'",
        ),
        (
            "(a or b) c",
            "(name contains 'a' or name contains 'b') and name contains 'c'",
        ),
        (
            "mod:>90d cre:2w",
            "modified more than 90d ago and created in the last 2w",
        ),
        (
            "size:1M..2G in:tree",
            "size from 1M to 2G and anywhere below /2024/raw",
        ),
        (
            "path:/old type:dir,link mark:no",
            "is /old or below it and type is dir or link and not marked",
        ),
    ] {
        assert_eq!(rule(text).to_string(), words);
    }
}

#[test]
fn what_is_begun_can_be_completed() {
    let with = |line: &str| -> Vec<String> {
        complete(line, line.len(), &Named::default())
            .into_iter()
            .map(|completion| completion.with)
            .collect()
    };
    assert_eq!(with("s"), ["size:"]);
    assert_eq!(with("ext:mov !m"), ["mod:", "mark:"]);
    assert_eq!(with("type:image,a"), ["audio", "archive"]);
    assert_eq!(with("(in:"), ["here", "tree"]);
    assert_eq!(with("mod:<to"), ["today"]);
    assert_eq!(with("\"s"), [""; 0]);
    assert_eq!(with("size:"), [""; 0]);
    let completion = &complete("a typ b", 5, &Named::default())[0];
    assert_eq!(
        (completion.replaced.clone(), completion.with.as_str()),
        (2..5, "type:")
    );
}

#[test]
fn every_example_of_the_table_is_a_rule() {
    let table = include_str!("../../../assets/rules.md");
    let mut examples = 0;
    for row in table.lines().skip(2) {
        let left = row.split('|').nth(1).unwrap();
        for example in left.split('`').skip(1).step_by(2) {
            assert_eq!(rule(example).text(), example);
            examples += 1;
        }
    }
    assert!(examples > 30, "{examples}");
    assert_eq!(super::table().count(), table.lines().count() - 2);
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(table), "the README shows another table");
    for field in Field::ALL {
        assert!(
            table.contains(&format!("`{}:", field.word())),
            "{field:?} is not explained"
        );
    }
}

/// What the rule has found in the name.
fn hits<'a>(rule: &Rule, name: &'a str) -> Vec<&'a str> {
    rule.hits(name).into_iter().map(|hit| &name[hit]).collect()
}

#[test]
fn a_rule_says_what_it_has_found_in_a_name() {
    let found = |text, name| hits(&rule(text), name).join("|");
    assert_eq!(found("take", "Retake_TAKE.mov"), "take|TAKE");
    assert_eq!(found("ake tak", "take"), "take", "what overlaps is one");
    assert_eq!(found("cafe", "Café, Cafe\u{301}"), "Café|Cafe\u{301}");
    assert_eq!(found("take2", "ｔａｋｅ２.mov"), "ｔａｋｅ２");
    assert_eq!(found("t*_*.mov", "take_01.mov"), "t|_|.mov");
    assert_eq!(found("/\\d+/", "A001_C004.mov"), "001|004");
    assert_eq!(found("name:=take", "take"), "take");
    assert_eq!(found("!take mov", "a.mov"), "mov");
    assert_eq!(found("size:>1", "a.mov"), "");
}

#[test]
fn fuzzy_words_take_their_letters_in_order_and_fit_one_name_best() {
    let fuzzy = |text| Rule::parse_fuzzy(text, &view()).unwrap().unwrap();
    let holds = |text, name| fuzzy(text).matches(&facts(&view().here, name));
    assert!(holds("a4mv", "A001_C004.mov"));
    assert!(!holds("4ac", "A001_C004.mov"));
    assert!(!holds("C4v", "a001_c004.mov"), "capitals matter if typed");
    assert!(holds("杭拍", "杭州外拍"));
    assert!(!holds("拍杭", "杭州外拍"));
    // The bytes of the word are all there, but of other characters.
    assert!(!holds("\u{4e01}", "\u{4e00}\u{4f01}"));
    assert!(!holds("\"a4\"", "A001_C004.mov"), "quotes are exact");
    assert!(!holds("*a4", "A001_C004.mov"), "and so are wildcards");
    assert_eq!(hits(&fuzzy("杭拍 m"), "杭州外拍.mov"), ["杭", "拍", "m"]);
    assert_eq!(hits(&fuzzy("cafe"), "c_a_Cafe\u{301}"), ["Cafe\u{301}"]);
    let names = ["xixmxgx1", "1_img", "img1_001", "my img_1"];
    assert_eq!(fuzzy("img1").best(names.into_iter()), Some(2));
    assert_eq!(rule("img").best(names.into_iter()), None);
    assert_ne!(fuzzy("a"), rule("a"));
}

#[test]
fn a_service_is_asked_for_no_less_than_the_rule_finds() {
    let asked = |text| rule(text).criteria();
    let all = asked("take \"a longer word\" ext:mov,mp4 size:1M..2M label:x in:/raw type:dir");
    assert_eq!(all.keyword.as_deref(), Some("longer"));
    assert_eq!(all.extensions, ["mov", "mp4"]);
    assert_eq!((all.least, all.most), (Some(1 << 20), Some(2 << 20)));
    assert_eq!((all.labels, all.types), (vec!["x".to_owned()], vec!["dir"]));
    assert_eq!(all.scope, path("/raw"));
    assert_eq!(asked("*_take.mov").keyword.as_deref(), Some("_take.mov"));
    let since = asked("mod:>=2024-05-01").from;
    assert_eq!(since, Some(time("2024-04-30T16:00:00Z")));
    let nothing = crate::domain::search::Criteria::below(RemotePath::root());
    for text in [
        "!mov",
        "mov or mp4",
        "/mov/",
        "ext:m*",
        "ext:\"\"",
        "type:video",
        "size:>=0",
    ] {
        assert_eq!(asked(text), nothing, "{text}");
    }
}
