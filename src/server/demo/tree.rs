//! What lies in the demo library: a film and photo team's share, with all that piles up in one.

use std::io;

use super::pictures::Pictures;
use super::writer::Writer;

const KB: u64 = 1 << 10;
const MB: u64 = 1 << 20;
const GB: u64 = 1 << 30;

/// Shoots: folder, first day, days, and the letters of the camera rolls.
const SHOOTS: [(&str, i64, i64, &str); 4] = [
    ("杭州外拍", 87, 3, "AB"),
    ("北京棚拍", 120, 2, "A"),
    ("青岛海边", 163, 2, "AC"),
    ("Lisboa – Verão", 201, 3, "A"),
];

/// Writes everything.
pub fn write(writer: &mut Writer) -> io::Result<()> {
    let pictures = Pictures::paint()?;
    raw(writer)?;
    photos(writer, &pictures)?;
    delivery(writer)?;
    exports(writer)?;
    projects(writer)?;
    audio(writer)?;
    stills(writer, &pictures)?;
    last_year(writer, &pictures)?;
    backup(writer, &pictures)?;
    oddities(writer)?;
    root(writer)
}

fn raw(writer: &mut Writer) -> io::Result<()> {
    for (shoot, first, days, rolls) in SHOOTS {
        for day in 0..days {
            let date = first + day;
            for roll in rolls.chars() {
                let clips = 9 + writer.number(8);
                for clip in 1..=clips {
                    let name = clip_name(roll, day, clip);
                    let size = 2 * GB + writer.number(16 * GB / KB) * KB;
                    let seed = seed(shoot, day, clip) + u64::from(roll);
                    let folder = format!("2024/raw/{shoot}/第{}天/{roll}机", day + 1);
                    writer.large(&format!("{folder}/{name}.mov"), date, size, seed)?;
                    writer.small(
                        &format!("{folder}/{name}.xml"),
                        date,
                        b"<clip version=\"1\"/>\n",
                    )?;
                    let proxy = format!("2024/proxies/{shoot}/{name}_proxy.mp4");
                    writer.large(&proxy, date + 1, size / 60, seed ^ 0xFF)?;
                }
                let folder = format!("2024/raw/{shoot}/第{}天/{roll}机", day + 1);
                writer.small(&format!("{folder}/.DS_Store"), date, &[0; 600])?;
            }
            let notes = format!(
                "场记 {shoot} 第{}天\n天气：晴\n备注：第4条可用，第5条作废\n",
                day + 1
            );
            writer.small(
                &format!("2024/raw/{shoot}/第{}天/场记.txt", day + 1),
                date,
                notes.as_bytes(),
            )?;
        }
        writer.small(&format!("2024/raw/{shoot}/Thumbs.db"), first, &[7; 2048])?;
    }
    for number in 1..=14_u64 {
        let path = format!("2024/raw/样片/测试片段_{number:03}_废弃.mov");
        let size = 300 * MB + writer.number(900) * MB;
        writer.large(&path, 60 + number.cast_signed(), size, number)?;
    }
    Ok(())
}

fn photos(writer: &mut Writer, pictures: &Pictures) -> io::Result<()> {
    for number in 2000..3200_u64 {
        let path = format!("2024/照片/活动现场/IMG_{number:04}.jpg");
        writer.small(
            &path,
            140 + (number / 400).cast_signed(),
            &pictures.jpeg(number),
        )?;
    }
    for number in 1..=90_u64 {
        let path = format!("2024/照片/产品/DSC{number:05}.ARW");
        let size = 24 * MB + writer.number(20 * KB) * KB;
        writer.large(&path, 180, size, 50_000 + number)?;
        let path = format!("2024/照片/产品/DSC{number:05}.jpg");
        writer.small(&path, 180, &pictures.jpeg(50_000 + number))?;
    }
    writer.small("2024/照片/Thumbs.db", 181, &[7; 4096])
}

fn delivery(writer: &mut Writer) -> io::Result<()> {
    let versions = [
        "v1",
        "v2",
        "v3",
        "v3_客户意见",
        "v4",
        "final",
        "final_最终",
        "final_最终2",
        "final_真的最终",
    ];
    for (number, film) in ["品牌片60s", "品牌片30s", "花絮", "Trailer EN"]
        .into_iter()
        .enumerate()
    {
        for (version, word) in (0..).zip(versions) {
            let day = 190 + 6 * version;
            let size = 3 * GB + writer.number(4 * GB / KB) * KB;
            let base = format!("2024/delivery/{film}/{film}_{word}");
            writer.large(&format!("{base}.mov"), day, size, seed(film, version, 1))?;
            writer.large(
                &format!("{base}_preview.mp4"),
                day,
                size / 40,
                seed(film, version, 2),
            )?;
        }
        let lines = subtitles(film, 12 + number);
        writer.small(
            &format!("2024/delivery/{film}/{film}.srt"),
            210,
            lines.as_bytes(),
        )?;
        writer.small(
            &format!("2024/delivery/{film}/{film}_en.srt"),
            211,
            lines.as_bytes(),
        )?;
    }
    let checklist = "- [x] 调色\n- [x] 混音\n- [ ] 客户签字\n";
    writer.small("2024/delivery/交付清单.md", 240, checklist.as_bytes())
}

fn exports(writer: &mut Writer) -> io::Result<()> {
    for number in 1..=48_u64 {
        let path = format!("2024/exports/tmp_export_{number:02}.mxf");
        let size = GB + writer.number(7 * GB / MB) * MB;
        writer.large(&path, 150 + number.cast_signed(), size, 9_000 + number)?;
    }
    for number in 1..=20_u64 {
        let path = format!("2024/exports/未命名序列 {number:02}.mp4.part");
        let size = writer.number(800) * MB + 4096;
        writer.large(&path, 160 + number.cast_signed(), size, 9_500 + number)?;
    }
    writer.directory("2024/exports/新建文件夹", 199)?;
    writer.directory("2024/exports/新建文件夹 (2)", 199)
}

fn projects(writer: &mut Writer) -> io::Result<()> {
    for (project, first) in [("品牌片", 95), ("花絮", 130), ("Lisboa", 205)] {
        let folder = format!("2024/projects/{project}");
        writer.large(
            &format!("{folder}/{project}.prproj"),
            first + 60,
            18 * MB,
            seed(project, 0, 0),
        )?;
        for number in 1..=60_u64 {
            let day = first + number.cast_signed();
            let path =
                format!("{folder}/Adobe Premiere Pro Auto-Save/{project}-{number:03}.prproj");
            let size = 9 * MB + number * 150 * KB;
            writer.large(&path, day, size, seed(project, 1, number))?;
        }
        for number in 1..=40_u64 {
            let path = format!("{folder}/Media Cache/{:016x}.pek", seed(project, 2, number));
            let size = 2 * MB + writer.number(30 * KB) * KB;
            writer.large(&path, first + 20, size, number)?;
        }
    }
    writer.small("2024/projects/~$场景列表.xlsx", 170, &[9; 165])?;
    writer.large("2024/projects/场景列表.xlsx", 169, 240 * KB, 77)
}

fn audio(writer: &mut Writer) -> io::Result<()> {
    for number in 1..=70_u64 {
        let path = format!("2024/audio/现场录音/ZOOM{number:04}.WAV");
        let size = 120 * MB + writer.number(700) * MB;
        writer.large(
            &path,
            88 + (number / 9).cast_signed(),
            size,
            20_000 + number,
        )?;
    }
    for (number, name) in (0..).zip([
        "片头 主题",
        "Fado – Saudade",
        "环境音 海浪",
        "Glockenspiel",
        "鼓点 120bpm",
    ]) {
        let seed = 21_000 + number;
        writer.large(
            &format!("2024/audio/音乐/{name}.wav"),
            100,
            62 * MB + number * MB,
            seed,
        )?;
        writer.large(
            &format!("2024/audio/音乐/{name}.mp3"),
            100,
            7 * MB + number * KB,
            seed + 50,
        )?;
    }
    Ok(())
}

fn stills(writer: &mut Writer, pictures: &Pictures) -> io::Result<()> {
    for number in 1..=60_u64 {
        let path = format!("2024/stills/剧照_{number:03}.png");
        writer.small(&path, 220, &pictures.png(number))?;
    }
    Ok(())
}

fn last_year(writer: &mut Writer, pictures: &Pictures) -> io::Result<()> {
    for number in 1..=150_u64 {
        let path = format!("2023/temp/render_{number:04}.exr");
        let size = 40 * MB + writer.number(9 * KB) * KB;
        writer.large(&path, -60, size, 30_000 + number)?;
    }
    for number in 1..=25_u64 {
        let path = format!("2023/temp/~tmp{number:03}.tmp");
        writer.small(&path, -50, &number.to_be_bytes())?;
    }
    for number in 1..=120_u64 {
        let path = format!("2023/年会/IMG_{number:04}.jpg");
        writer.small(&path, -20, &pictures.jpeg(70_000 + number))?;
    }
    for number in 1..=12_u64 {
        let path = format!("2023/归档/访谈_{number:02}.mov");
        let size = 6 * GB + writer.number(6 * GB / MB) * MB;
        writer.large(&path, -100, size, 31_000 + number)?;
    }
    Ok(())
}

/// Copies that nobody remembers: the same bytes as elsewhere.
fn backup(writer: &mut Writer, pictures: &Pictures) -> io::Result<()> {
    for number in 2100..2340_u64 {
        let path = format!("备份/2024-05 照片/IMG_{number:04}.jpg");
        writer.small(&path, 150, &pictures.jpeg(number))?;
    }
    for number in 2100..2130_u64 {
        let path = format!("备份/2024-05 照片/IMG_{number:04} (1).jpg");
        writer.small(&path, 151, &pictures.jpeg(number))?;
    }
    for number in 1..=14_u64 {
        let path = format!("备份/样片/测试片段_{number:03}_废弃.mov");
        writer.large(&path, 90, 700 * MB, 40_000 + number / 2)?;
    }
    for (number, name) in (0..).zip([
        "片头 主题",
        "Fado – Saudade",
        "环境音 海浪",
        "Glockenspiel",
        "鼓点 120bpm",
    ]) {
        let path = format!("备份/音乐/{name} - 副本.wav");
        writer.large(&path, 130, 62 * MB + number * MB, 21_000 + number)?;
    }
    writer.small("备份/Thumbs.db", 151, &[7; 4096])
}

/// Names that programs stumble over.
fn oddities(writer: &mut Writer) -> io::Result<()> {
    let long = format!("{}_最终版.txt", "超长文件名_".repeat(15));
    for name in [
        " 开头有空格.txt",
        "结尾有空格 ",
        "🎬 花絮合集 🎉.txt",
        "naïve café résumé.txt",
        "100% & 50+50 #1 [副本].txt",
        "-rf.txt",
        "it's a 'quote'.txt",
        "e\u{301}tude (decomposed).txt",
        "שלום.txt",
        long.as_str(),
    ] {
        let path = format!("2024/杂项/{name}");
        writer.small(&path, 230, b"demo\n")?;
    }
    let deep = "2024/杂项/嵌套/一层/二层/三层/四层/五层/六层/七层/八层/notes.txt";
    writer.small(deep, 231, b"You found it.\n")
}

fn root(writer: &mut Writer) -> io::Result<()> {
    let text = "这是演示库，可以放心删除。删掉的东西会进回收站，可以恢复。\n\
                This is the demo library: delete what you like. It goes to the bin and can be restored.\n";
    writer.small("请先读我 README.txt", 245, text.as_bytes())?;
    writer.small(".DS_Store", 244, &[0; 6148])?;
    writer.large("desktop-录屏 2024-08-30.mov", 242, 5 * GB + 3 * KB, 99)
}

fn clip_name(roll: char, day: i64, clip: u64) -> String {
    // As cameras name them: roll, clip, month and day, two letters.
    let tail = ["X7", "K2", "R9", "B4"][usize::try_from(clip % 4).unwrap_or(0)];
    format!("{roll}{:03}_C{clip:03}_03{:02}{tail}", day + 1, 28 + day)
}

fn subtitles(film: &str, count: usize) -> String {
    use std::fmt::Write as _;

    (1..=count).fold(String::new(), |mut text, line| {
        let (start, end) = (line * 4, line * 4 + 2);
        let _ = write!(
            text,
            "{line}\n00:00:{start:02},000 --> 00:00:{end:02},500\n{film} {line}\n\n"
        );
        text
    })
}

/// A number that belongs to a name.
fn seed(name: &str, part: i64, number: u64) -> u64 {
    let letters = name.bytes().fold(17_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    letters
        .wrapping_mul(1009)
        .wrapping_add_signed(part * 131)
        .wrapping_add(number)
}
