"""Headings of the measured tables in Korean, for docs/ko/performance.md."""

WORDS = [  # longer ones first where one is part of another
    ("All eight outputs of both jobs; whole processes, start-up included; medians (lowest - highest).", "두 작업의 출력 여덟 개 모두; 시작을 포함한 프로세스 전체; 중앙값(최소 - 최대)."),
    ("both shipped jobs, all eight outputs;", "기본 작업 둘, 출력 여덟 개 모두;"),
    ("Whole processes, start-up included; medians of ", "시작을 포함한 프로세스 전체; 측정 횟수마다의 중앙값(최소 - 최대), 횟수 "),
    (" rounds (lowest - highest).", "."),
    ("Whole processes, start-up included; medians (lowest - highest).", "시작을 포함한 프로세스 전체; 중앙값(최소 - 최대)."),
    ("(Python package), scripts as written", "(Python 패키지), 스크립트를 쓰인 그대로"),
    (", scripts as written", ", 스크립트를 쓰인 그대로"),
    ("| | rounds | wall s | CPU s | peak memory | wall: times ours | results |", "| | 횟수 | 경과 초 | CPU 초 | 최대 메모리 | 경과 시간: 우리의 몇 배 | 결과 |"),
    ("| shape | events, users, files | ours: wall s | CPU s | memory | DuckDB: wall s | CPU s | memory | times ours | by the kernel | results |",
     "| 형태 | 이벤트, 사용자, 파일 | Kindling: 경과 초 | CPU 초 | 메모리 | DuckDB: 경과 초 | CPU 초 | 메모리 | 우리의 몇 배 | 커널이 계산 | 결과 |"),
    ("| events | users | input | wall s | CPU s | CPU s, a million events | memory | DuckDB: wall s | memory | times ours | results |",
     "| 이벤트 | 사용자 | 입력 | 경과 초 | CPU 초 | 백만 이벤트당 CPU 초 | 메모리 | DuckDB: 경과 초 | 메모리 | 우리의 몇 배 | 결과 |"),
    ("| output | ours s |", "| 출력 | Kindling 초 |"), (" s (times ours)", " 초(우리의 몇 배)"),
    (" events in ", " 이벤트, "), (" files (", "개 파일("), (" users; ", " 사용자; "), (" CPUs (", " CPU("), (" threads.", " 스레드."), (" threads;", " 스레드;"),
    ("equal (doubles within ", "같음(실수 오차 "), ("| equal |", "| 같음 |"), ("not compared", "비교하지 않음"), ("not run: would pass the limit", "제한 시간을 넘겨 실행하지 않음"),
    ("one file, days in order", "파일 하나, 날짜 순서대로"), ("four files, days in any order", "파일 넷, 날짜 순서 없이"), ("nearly as many users as rows", "행 수에 가까운 사용자 수"),
    ("one user has half of all rows", "한 사용자가 모든 행의 절반"), ("UUIDs as users, 36 characters", "사용자가 36자 UUID"),
    ("sessions as users: ids that grow with time", "사용자 대신 세션: 시간이 갈수록 커지는 ID"), ("URLs as keys and chosen, decimals of 38 digits", "URL을 키와 값으로, 38자리 DECIMAL"), ("no user at all, ", "사용자 없음, 출력 "), (" outputs |", "개 출력 |"), (" alone |", " 하나만 |"), (", local |", ", 로컬 |"),
    (" of ", " / "),
]


def translate(text):
    for english, korean in WORDS:
        text = text.replace(english, korean)
    return text.replace("출력 6개 출력 |", "출력 6개 |")
